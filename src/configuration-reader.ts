import {isDuration} from './duration.ts';
import {ConfigurationError} from './errors.ts';
import {isObject, type JsonObject} from './json.ts';

type Test = (text: string) => boolean;

export interface Readers {
  /** An object that has no keys but `known`. */
  section(value: unknown, key: string, known: readonly string[]): JsonObject;
  list<T>(value: unknown, key: string, fallback: readonly T[], item: (value: unknown, key: string) => T): readonly T[];
  oneOf<const T extends string>(value: unknown, key: string, allowed: readonly T[], fallback: NoInfer<T>): T;
  text(value: unknown, key: string, fallback: string | undefined, test: Test, expected: string): string;
  map(value: unknown, key: string, isKey: Test, isValue: Test): Readonly<Record<string, string>>;
  duration(value: unknown, key: string, fallback: string): string;
  fail(key: string, value: unknown, expected: string): never;
}

/** Functions that read one value each and throw a {@link ConfigurationError} that names `source`, the key and the value. */
export function readers(source: string): Readers {
  return {section, list, oneOf, text, map, duration, fail};

  function fail(key: string, value: unknown, expected: string): never {
    throw new ConfigurationError(
      `${source}: ${key}: expected ${expected}, found ${JSON.stringify(value) ?? 'nothing'}`,
    );
  }

  function section(value: unknown, key: string, known: readonly string[]): JsonObject {
    if (!isObject(value)) fail(key || 'the document', value, `keys and values (${known.join(', ')})`);
    const unknown = Object.keys(value).find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const path = key === '' ? unknown : `${key}.${unknown}`;
      throw new ConfigurationError(`${source}: ${path}: unknown key; this version knows ${known.join(', ')}`);
    }
    return value;
  }

  function list<T>(
    value: unknown,
    key: string,
    fallback: readonly T[],
    item: (value: unknown, key: string) => T,
  ): readonly T[] {
    if (value === undefined) return fallback;
    if (!Array.isArray(value)) fail(key, value, 'a list');
    return value.map((entry: unknown, index) => item(entry, `${key}[${index}]`));
  }

  function oneOf<const T extends string>(value: unknown, key: string, allowed: readonly T[], fallback: T): T {
    const chosen = value ?? fallback;
    return allowed.find((name) => name === chosen) ?? fail(key, chosen, allowed.join(' or '));
  }

  function text(value: unknown, key: string, fallback: string | undefined, test: Test, expected: string): string {
    const chosen = value ?? fallback;
    return typeof chosen === 'string' && test(chosen) ? chosen : fail(key, chosen, expected);
  }

  function map(value: unknown, key: string, isKey: Test, isValue: Test): Readonly<Record<string, string>> {
    if (!isObject(value)) fail(key, value, 'labels and their values');
    const entries = Object.entries(value).map(([name, content]): [string, string] => {
      if (!isKey(name)) fail(`${key}.${name}`, name, 'the name of a label');
      return [
        name,
        text(content, `${key}.${name}`, undefined, isValue, 'the value of a label (a string of at most 63 characters)'),
      ];
    });
    return Object.fromEntries(entries);
  }

  function duration(value: unknown, key: string, fallback: string): string {
    return text(value, key, fallback, isDuration, 'a duration such as 15s or 1m30s');
  }
}

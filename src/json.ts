/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own member `key` of `value`; undefined where `value` is no object. Inherited members (`__proto__`) do not count. */
export function member(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Follows own members along `path`. */
export function dig(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce(member, value);
}

export function stringAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = dig(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

export function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = dig(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** A time as Kubernetes writes it; undefined where it is none. */
export function dateAt(value: unknown, ...path: readonly string[]): Date | undefined {
  const time = Date.parse(stringAt(value, ...path) ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

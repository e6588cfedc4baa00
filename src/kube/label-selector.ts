import {dig, isObject, stringAt} from '../json.ts';

export type Labels = Readonly<Record<string, string>>;

/** A LabelSelector of Kubernetes, read. */
export interface LabelSelector {
  readonly requirements: readonly LabelRequirement[];
}

export interface LabelRequirement {
  readonly key: string;
  /** An operator that is none of Kubernetes' selects nothing, like a selector that cannot be read. */
  readonly operator: string;
  readonly values: readonly string[];
}

/** Undefined for null or an absent selector, which means something else than an empty one: nothing instead of everything. */
export function parseLabelSelector(value: unknown): LabelSelector | undefined {
  if (!isObject(value)) return undefined;
  const labels = dig(value, 'matchLabels');
  const expressions = dig(value, 'matchExpressions');
  return {
    requirements: [
      ...Object.entries(isObject(labels) ? labels : {}).map(([key, label]) => requirement(key, 'In', [label])),
      ...(Array.isArray(expressions) ? expressions.map(expression) : []),
    ],
  };
}

/** As `metav1.LabelSelectorAsSelector` has it: all must hold, and NotIn holds where the key is absent. */
export function selects({requirements}: LabelSelector, labels: Labels): boolean {
  return requirements.every(({key, operator, values}) => {
    const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case 'In':
        return label !== undefined && values.includes(label);
      case 'NotIn':
        return label === undefined || !values.includes(label);
      case 'Exists':
        return label !== undefined;
      case 'DoesNotExist':
        return label === undefined;
      default:
        return false;
    }
  });
}

/**
 * The fewest labels that, put beside `fixed`, the selector takes: of several values the first, for mere existence `true`.
 * Undefined where there are none: a contradiction, or one with `fixed`.
 */
export function labelsThatSatisfy(selector: LabelSelector, fixed: Labels = {}): Labels | undefined {
  const needed: Record<string, string> = {};
  for (const {key, operator} of selector.requirements) {
    if ((operator !== 'In' && operator !== 'Exists') || Object.hasOwn(fixed, key) || Object.hasOwn(needed, key))
      continue;
    const requirements = selector.requirements.filter((other) => other.key === key);
    const listed = requirements.flatMap((other) => (other.operator === 'In' ? other.values : []));
    const value = [...listed, 'true', 'yes'].find((candidate) => selects({requirements}, {[key]: candidate}));
    if (value === undefined) return undefined;
    needed[key] = value;
  }
  return selects(selector, {...needed, ...fixed}) ? needed : undefined;
}

/** As people write selectors for kubectl: `release=a,team in (x,y),!canary`. */
export function describeLabelSelector({requirements}: LabelSelector): string {
  if (requirements.length === 0) return 'everything';
  return requirements
    .map(({key, operator, values}) => {
      switch (operator) {
        case 'In':
          return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
        case 'NotIn':
          return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
        case 'Exists':
          return key;
        case 'DoesNotExist':
          return `!${key}`;
        default:
          return `${key} ${operator} (${values.join(',')})`;
      }
    })
    .join(',');
}

/** `key=value,key=value`. */
export function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

/** The reverse of {@link formatLabels}; what is no label is left out. */
export function parseLabels(text: string): Labels {
  return Object.fromEntries(
    text.split(',').flatMap((part): [string, string][] => {
      const at = part.indexOf('=');
      return at > 0 ? [[part.slice(0, at), part.slice(at + 1)]] : [];
    }),
  );
}

/** Members of an object that are strings. */
export function texts(value: unknown): Labels {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function expression(value: unknown): LabelRequirement {
  return requirement(stringAt(value, 'key') ?? '', stringAt(value, 'operator') ?? '', dig(value, 'values') ?? []);
}

/** A value that is no text makes the whole requirement one that cannot be read: left out, NotIn would take more. */
function requirement(key: string, operator: string, values: unknown): LabelRequirement {
  const isReadable = Array.isArray(values) && values.every((value) => typeof value === 'string');
  return isReadable ? {key, operator, values} : {key, operator: '', values: []};
}

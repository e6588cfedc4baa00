import {dig, isObject, type JsonObject, stringAt} from '../../src/json.ts';
import type {KubeClient, ListOptions, ObjectKey, RawAnswer} from '../../src/kube/client.ts';
import {ApiError} from '../../src/kube/errors.ts';
import type {Resource} from '../../src/kube/resource.ts';

/** A cluster in memory, as far as a person's commands read it. */
export interface FakeCluster {
  readonly client: KubeClient;
  readonly objects: JsonObject[];
  /** What was asked, in order, such as `list services in tenants`, `get roles tenants/x` or `GET /version`. */
  readonly asked: string[];
  /** What comes instead of an answer, by plural (`services`), by verb and plural (`list services`) or by path; 404 is a kind that the cluster does not know. */
  readonly refused: Map<string, number | Error>;
  /** What no ServiceAccount may, by `verb resource`; all else is allowed. */
  readonly denied: Set<string>;
  /** Answers to plain GETs by path; all else is 404. */
  readonly answers: Map<string, RawAnswer>;
  /** Answers them where {@link answers} does not. */
  answer: (path: string) => RawAnswer;
}

const NOT_FOUND: RawAnswer = {status: 404, text: '404 page not found', date: undefined};

export function fakeCluster(objects: readonly object[] = []): FakeCluster {
  const fake: FakeCluster = {
    client: {
      async list(resource: Resource, {namespace, labelSelector = '', fieldSelector = ''}: ListOptions = {}) {
        ask('list', resource.plural, namespace === undefined ? '' : `in ${namespace}`);
        const items = all(resource).filter(
          (object) =>
            (namespace === undefined || stringAt(object, 'metadata', 'namespace') === namespace) &&
            holds(labelSelector, (key) => dig(object, 'metadata', 'labels', key)) &&
            holds(fieldSelector, (path) => dig(object, ...path.split('.'))),
        );
        return {items, resourceVersion: '1', continueToken: undefined};
      },
      async get(resource: Resource, key: Partial<ObjectKey>) {
        return one('get', resource, key);
      },
      async getMetadata(resource: Resource, key: ObjectKey) {
        const {metadata} = one('get metadata of', resource, key);
        return {metadata};
      },
      async create(resource: Resource, _namespace: unknown, review: unknown) {
        const attributes = (name: string) => stringAt(review, 'spec', 'resourceAttributes', name) ?? '';
        const right = `${attributes('verb')} ${attributes('resource')}`;
        ask('create', resource.plural, `for ${right}`);
        return {...(isObject(review) ? review : {}), status: {allowed: !fake.denied.has(right)}};
      },
      async raw(path: string) {
        refuse('GET', path);
        fake.asked.push(`GET ${path}`);
        return fake.answers.get(path) ?? fake.answer(path);
      },
    } as unknown as KubeClient,
    objects: objects.map((object) => ({...object})),
    asked: [],
    refused: new Map(),
    denied: new Set(),
    answers: new Map(),
    answer: () => NOT_FOUND,
  };
  return fake;

  function all({plural}: Resource): readonly JsonObject[] {
    return fake.objects.filter((object) => pluralOf(object) === plural);
  }

  function one(verb: string, resource: Resource, {namespace, name}: Partial<ObjectKey>): JsonObject {
    const key = namespace === undefined ? `${name}` : `${namespace}/${name}`;
    ask(verb, resource.plural, key);
    const object = all(resource).find(({metadata}) => keyOf(metadata) === key);
    if (object === undefined) throw new ApiError(`GET ${resource.plural} ${key}`, 404, {reason: 'NotFound'});
    return object;
  }

  function ask(verb: string, plural: string, detail: string): void {
    fake.asked.push(`${verb} ${plural} ${detail}`.trim());
    refuse(verb, plural);
  }

  function refuse(verb: string, what: string): void {
    const refusal = fake.refused.get(what) ?? fake.refused.get(`${verb} ${what}`);
    if (refusal instanceof Error) throw refusal;
    if (refusal !== undefined) throw new ApiError(`${verb} ${what}`, refusal, {message: 'refused by the test'});
  }
}

/** An answer with a body of JSON. */
export function answer(body: object, status = 200, date?: Date): RawAnswer {
  return {status, text: JSON.stringify(body), date};
}

function keyOf(metadata: unknown): string {
  const namespace = stringAt(metadata, 'namespace');
  const name = stringAt(metadata, 'name') ?? '';
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function pluralOf({kind}: JsonObject): string {
  const singular = String(kind).toLowerCase();
  if (singular.endsWith('y')) return `${singular.slice(0, -1)}ies`;
  return singular.endsWith('s') ? `${singular}es` : `${singular}s`;
}

/** `key=value,key`: the label or field has the value, or is there. */
function holds(selector: string, read: (key: string) => unknown): boolean {
  if (selector === '') return true;
  return selector.split(',').every((part) => {
    const [key = '', value] = part.split('=');
    return value === undefined ? read(key) !== undefined : read(key) === value;
  });
}

import {isObject, type JsonObject, stringAt} from '../../src/json.ts';
import {fixture} from '../../test/support/fixtures.ts';
import {childPath, KINDS} from '../../test/support/monitored.ts';

export interface Pace {
  readonly interval: string;
  readonly scrapeTimeout: string;
}

/** An object of the guide and the path of its kind. */
export interface GuideObject {
  readonly path: string;
  readonly name: string;
  readonly object: JsonObject;
}

const GUIDE = JSON.stringify(['guide/rbac.yaml', 'guide/service.yaml', 'guide/service-monitor.yaml'].flatMap(fixture));

/** The guide's objects with another name and namespace, as a person edits them. */
export function guideObjects(namespace: string, name: string, {interval, scrapeTimeout}: Pace): readonly GuideObject[] {
  const text = GUIDE.replaceAll('charlie', name)
    .replaceAll('"namespace":"default"', `"namespace":"${namespace}"`)
    .replaceAll('"interval":"15s"', `"interval":"${interval}"`)
    .replaceAll('"scrapeTimeout":"10s"', `"scrapeTimeout":"${scrapeTimeout}"`);
  const objects: unknown = JSON.parse(text);
  return (Array.isArray(objects) ? objects.filter(isObject) : []).map((object) => ({
    path: pathOf(object, namespace),
    name: stringAt(object, 'metadata', 'name') ?? '',
    object,
  }));
}

function pathOf(object: JsonObject, namespace: string): string {
  const kind = KINDS.find((known) => known === stringAt(object, 'kind'));
  if (kind === undefined) throw new Error(`the guide has a kind that is not known: ${stringAt(object, 'kind')}`);
  return childPath(kind, namespace);
}

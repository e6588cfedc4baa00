import {ageMs} from './age.ts';
import type {Evidence, ObjectName} from './evidence.ts';
import {about, type Finding} from './finding.ts';

/** The controller makes everything within a second; a cluster under load gets a minute. */
const NEW_MS = 60_000;

/** Are the objects there, ours, and as they should be? */
export function diagnoseObjects(evidence: Evidence): readonly Finding[] {
  const {tcp, objects} = evidence;
  if (!objects.kindKnown) return [about('operator-kinds-missing', evidence)];
  const foreign = objects.foreign.map((object) =>
    about('object-foreign', evidence, {object: describe(object), why: object.why}),
  );
  if (foreign.length > 0) return foreign;

  const monitorWaits = !kamajiIsDone(evidence) || objects.credential.refusal !== undefined;
  const missing = objects.missing.filter(({kind}) => !(kind === 'ServiceMonitor' && monitorWaits));
  if (missing.length > 0) {
    const isNew = (ageMs(evidence, tcp.createdAt) ?? Number.POSITIVE_INFINITY) < NEW_MS;
    return [
      about(isNew ? 'objects-not-yet' : 'objects-missing', evidence, {objects: missing.map(describe).join(', ')}),
    ];
  }
  if (!kamajiIsDone(evidence)) return [about('kamaji-not-done', evidence)];
  return objects.differing.map((object) =>
    about('object-differs', evidence, {object: describe(object), fields: object.fields.join(', ')}),
  );
}

function kamajiIsDone({tcp, objects}: Evidence): boolean {
  return (objects.credential.mode === 'dedicated' ? tcp.authority : tcp.kubeletClient) !== undefined;
}

function describe({kind, name}: ObjectName): string {
  return `${kind.toLowerCase()}/${name}`;
}

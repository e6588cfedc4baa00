import pino from 'pino';
import t from 'tap';
import {createEvents, reasonOf} from '../../src/companion/events.ts';
import {diagnose} from '../../src/diagnosis/diagnose.ts';
import {DIAGNOSES, type DiagnosisCode} from '../../src/diagnosis/diagnoses.ts';
import {type Finding, finding} from '../../src/diagnosis/finding.ts';
import {stringAt} from '../../src/json.ts';
import type {KubeClient} from '../../src/kube/client.ts';
import {ApiError, ConnectionError} from '../../src/kube/errors.ts';
import {heldClock} from '../support/clock.ts';
import {
  ALPHA,
  type Change,
  changed,
  down,
  each,
  healthy,
  NOW,
  objects,
  prometheuses,
  targets,
} from '../support/evidence.ts';

const KEY = 'tenants/alpha';
const noPrometheus = prometheuses([], {labels: {}});
const unknownPrometheus: Change = (evidence) => ({...evidence, prometheus: {state: 'not-asked', why: 'a test'}});
const forbidden = targets(each(down('server returned HTTP status 403 Forbidden')));
const starting: Change = (evidence) => ({...evidence, tcp: {...evidence.tcp, phase: 'Provisioning'}});

function setup(failures: Error[] = []) {
  const clock = heldClock();
  const created: {readonly kind: string; readonly namespace: string | undefined; readonly object: unknown}[] = [];
  const logged: string[] = [];
  const client = {
    async create({kind}: {readonly kind: string}, namespace: string | undefined, object: unknown) {
      created.push({kind, namespace, object});
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return object;
    },
  } as unknown as KubeClient;
  const logger = pino({base: null}, {write: (line: string) => logged.push(stringAt(JSON.parse(line), 'msg') ?? '')});
  const events = createEvents({client, clock, today: () => NOW, instance: 'pod-0', logger});
  return {
    clock,
    created,
    logged,
    settled: () => events.settled(),
    forget: () => events.onChange(KEY, undefined),
    tell(...changes: readonly Change[]) {
      const evidence = changed(...changes);
      events.onChange(KEY, {evidence, findings: diagnose(evidence)});
    },
    say: (...findings: readonly Finding[]) => events.onChange(KEY, {evidence: healthy(), findings}),
    reasons: () => created.map(({object}) => stringAt(object, 'reason')),
  };
}

t.test('a problem becomes one Event on the TenantControlPlane', async (t) => {
  const {tell, created, settled, logged} = setup();
  tell(noPrometheus, unknownPrometheus);
  await settled();
  t.strictSame(created, [
    {
      kind: 'Event',
      namespace: 'tenants',
      object: {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: {name: stringAt(created[0]?.object, 'metadata', 'name'), namespace: 'tenants'},
        eventTime: '2026-11-23T18:00:00.000000Z',
        reportingController: 'kamaji-monitoring.io/controller',
        reportingInstance: 'pod-0',
        action: 'Monitoring',
        type: 'Warning',
        reason: 'NoPrometheus',
        regarding: {
          apiVersion: 'kamaji.clastix.io/v1alpha1',
          kind: 'TenantControlPlane',
          namespace: 'tenants',
          name: 'alpha',
          uid: ALPHA.uid,
        },
        note: `${DIAGNOSES['no-prometheus'].cause}. Cure: ${DIAGNOSES['no-prometheus'].cure}`,
      },
    },
  ]);
  t.match(stringAt(created[0]?.object, 'metadata', 'name'), /^alpha\.[0-9a-f]{8}$/);
  t.strictSame(logged, ['problem']);
});

t.test('while it stays, however often it is found again, there is no other', async (t) => {
  const {tell, clock, reasons} = setup();
  for (let round = 0; round < 10; round++) {
    tell(noPrometheus, unknownPrometheus);
    await clock.advance(15_000);
  }
  t.strictSame(reasons(), ['NoPrometheus']);
});

t.test('when it went and came back it is told again', async (t) => {
  const {tell, forget, reasons} = setup();
  tell(noPrometheus, unknownPrometheus);
  tell();
  tell(noPrometheus, unknownPrometheus);
  t.equal(reasons().length, 2);
  forget();
  tell(noPrometheus, unknownPrometheus);
  t.equal(reasons().length, 3);
});

t.test('what waits or only informs is not told', async (t) => {
  const {tell, say, clock, created} = setup();
  for (let round = 0; round < 10; round++) {
    tell(starting, forbidden);
    await clock.advance(15_000);
    say(finding('scraper-not-listed', {}), finding('asleep', {}));
    await clock.advance(15_000);
  }
  t.strictSame(created, []);
});

t.test('what Prometheus shows is told only when it stayed a minute', async (t) => {
  const {tell, clock, reasons} = setup();
  for (const seconds of [0, 15, 30, 45]) {
    tell(forbidden);
    t.strictSame(reasons(), [], `after ${seconds} s`);
    await clock.advance(15_000);
  }
  tell(forbidden);
  t.strictSame(reasons(), ['DedicatedForbidden'], 'after 60 s');
});

t.test('what was well in between has to stay a minute again', async (t) => {
  const {tell, clock, created} = setup();
  for (let round = 0; round < 10; round++) {
    tell(forbidden);
    await clock.advance(45_000);
    tell(forbidden);
    tell();
  }
  t.strictSame(created, []);
});

t.test('what may pass is one problem although its words change at every scrape', async (t) => {
  const {tell, clock, reasons} = setup();
  for (let round = 0; round < 10; round++) {
    const error = `Get "https://100.64.7.11:6443/metrics": read tcp 10.0.0.1:${round}->100.64.7.11:6443: read: connection reset by peer`;
    tell(targets(each(down(error))));
    await clock.advance(15_000);
  }
  t.strictSame(reasons(), ['Unreachable']);
});

t.test('two objects in the way are two problems', async (t) => {
  const {tell, created} = setup();
  const [service, role] = ['Service', 'Role'].map((kind) => ({kind, name: 'x', why: 'it has another owner'}));
  if (service === undefined || role === undefined) return;
  tell(objects({foreign: [service]}));
  tell(objects({foreign: [service, role]}));
  tell(objects({foreign: [role]}));
  t.strictSame(
    created.map(({object}) => stringAt(object, 'note')?.split(' ', 1)[0]),
    ['service/x', 'role/x'],
  );
  t.equal(new Set(created.map(({object}) => stringAt(object, 'metadata', 'name'))).size, 2, 'of two names');
});

t.test('an Event of the same name says the same, so that one told before a restart is no error', async (t) => {
  const exists = new ApiError('POST /apis/events.k8s.io', 409, {reason: 'AlreadyExists'});
  const [first, second] = [setup(), setup([exists])];
  for (const {tell, settled} of [first, second]) {
    tell(noPrometheus, unknownPrometheus);
    await settled();
  }
  t.strictSame(second.created, first.created);
  t.strictSame(second.logged, ['problem']);
});

t.test('an Event that cannot be written is a line in the log and nothing more', async (t) => {
  const failures = [new ApiError('POST', 403, {reason: 'Forbidden'}), new ConnectionError('POST', new Error('reset'))];
  const {tell, settled, logged} = setup(failures);
  tell(noPrometheus, unknownPrometheus);
  tell();
  tell(noPrometheus, unknownPrometheus);
  await settled();
  t.strictSame(
    logged.filter((line) => line !== 'problem'),
    Array(2).fill('an Event could not be written'),
  );
});

t.test('the note has at most 1024 bytes, as the API server counts, and no half character', async (t) => {
  for (const filler of ['x', 'ü', '…', '🙂']) {
    for (const shift of ['', 'a', 'aa', 'aaa']) {
      const {say, created} = setup();
      say(finding('object-foreign', {why: shift + filler.repeat(2000)}));
      const note = stringAt(created[0]?.object, 'note') ?? '';
      const bytes = Buffer.byteLength(note);
      t.ok(bytes <= 1024 && bytes > 1020, `${bytes} bytes of ${filler}`);
      t.notMatch(note, /\ufffd/);
      t.ok(note.isWellFormed());
    }
  }
});

t.test('the name of an Event is one however long the name of the TenantControlPlane', async (t) => {
  const {tell, created} = setup();
  tell((evidence) => ({...evidence, tcp: {...evidence.tcp, name: 'a'.repeat(253)}}));
  t.match(stringAt(created[0]?.object, 'metadata', 'name'), /^[a-z0-9.-]{1,253}$/);
});

t.test('a reason is a code as reasons are written', async (t) => {
  t.equal(reasonOf('labels-not-selected'), 'LabelsNotSelected');
  for (const code of Object.keys(DIAGNOSES) as readonly DiagnosisCode[]) t.match(reasonOf(code), /^([A-Z][a-z]+)+$/);
});

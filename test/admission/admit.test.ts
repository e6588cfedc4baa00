import pino from 'pino';
import t from 'tap';
import {admit} from '../../src/admission/admit.ts';
import {AdmissionMetrics} from '../../src/admission/metrics.ts';
import {mutate} from '../../src/admission/mutation.ts';
import {samples} from '../support/metrics-text.ts';
import {admissionRequest} from '../support/review.ts';

const UNCHANGED = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: {uid: '705ab4f5-6393-11e8-b7cc-42010a800002', allowed: true, auditAnnotations: {reason: 'failed'}},
};

async function counted(metrics: AdmissionMetrics, name: string): Promise<readonly string[]> {
  const lines = await samples(metrics.families);
  return lines.flatMap((line) => (line.startsWith(`kamaji_monitoring_${name}`) ? [line.replace(/^[a-z_]+/, '')] : []));
}

t.test('an exception in the decision: the object passes unchanged, one count, one line', async (t) => {
  const metrics = new AdmissionMetrics();
  const lines: string[] = [];
  const broken = () => {
    throw new RangeError('a mistake');
  };
  const logger = pino({}, {write: (line) => lines.push(line)});
  t.strictSame(admit(admissionRequest(), {mutate: broken, metrics, logger}), UNCHANGED);
  t.strictSame(await counted(metrics, 'admission_failures_total'), [' 1']);
  t.equal(lines.length, 1);
  t.match(JSON.parse(lines[0] ?? ''), {
    err: {type: 'RangeError', message: 'a mistake'},
    namespace: 'tenants',
    name: 'alpha',
    msg: 'admission failed, the object passes unchanged',
  });
});

t.test('an operation that cannot be written as JSON: the object passes unchanged', async (t) => {
  const operation = {op: 'add', path: '/metadata/annotations', value: 1n} as const;
  const unwritable = () => ({action: 'annotate', reason: 'undecided', operation}) as const;
  const options = {mutate: unwritable, metrics: new AdmissionMetrics(), logger: pino({enabled: false})};
  t.strictSame(admit(admissionRequest(), options), UNCHANGED);
});

t.test('a log that cannot be written: the object passes unchanged, the counter tells', async (t) => {
  const metrics = new AdmissionMetrics();
  const logger = pino(
    {},
    {
      write: () => {
        throw new Error('no space left on device');
      },
    },
  );
  t.strictSame(admit(admissionRequest({object: {metadata: {}}}), {mutate, metrics, logger}), UNCHANGED);
  t.strictSame(await counted(metrics, 'admission_failures_total'), [' 1']);
});

t.test('decisions are counted by reason; dry runs are logged and not counted', async (t) => {
  const metrics = new AdmissionMetrics();
  const lines: string[] = [];
  const options = {mutate, metrics, logger: pino({}, {write: (line) => lines.push(line)})};
  const object = {metadata: {}};
  for (const dryRun of [false, true, true, false]) admit(admissionRequest({object, dryRun}), options);
  admit(admissionRequest({object, operation: 'UPDATE'}), options);
  t.strictSame(await counted(metrics, 'admission_requests_total'), [
    '{decision="annotate",reason="undecided"} 2',
    '{decision="leave",reason="not-a-creation"} 1',
  ]);
  t.equal(lines.filter((line) => line.includes('"dryRun":true')).length, 2);
});

t.test('a line of the log stays short, however long the name', async (t) => {
  const lines: string[] = [];
  const logger = pino({}, {write: (line) => lines.push(line)});
  const name = 'x'.repeat(1_000_000);
  admit(admissionRequest({name, namespace: name, uid: name}), {mutate, metrics: new AdmissionMetrics(), logger});
  t.ok((lines[0] ?? '').length < 1200);
});

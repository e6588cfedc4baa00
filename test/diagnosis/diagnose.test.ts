import t from 'tap';
import {diagnose} from '../../src/diagnosis/diagnose.ts';
import {DIAGNOSES} from '../../src/diagnosis/diagnoses.ts';
import {
  type Change,
  changed,
  component,
  credential,
  discovery,
  down,
  each,
  healthy,
  notAsked,
  objects,
  prometheuses,
  targets,
  tcp,
} from '../support/evidence.ts';
import {ACCEPTANCE} from './cases/acceptance.ts';
import type {Case} from './cases/case.ts';
import {CREDENTIAL} from './cases/credential.ts';
import {DECISION} from './cases/decision.ts';
import {DISCOVERY} from './cases/discovery.ts';
import {OBJECTS} from './cases/objects.ts';
import {SCRAPE} from './cases/scrape.ts';
import {SELECTION} from './cases/selection.ts';

const LINKS: Readonly<Record<string, readonly Case[]>> = {
  decision: DECISION,
  objects: OBJECTS,
  credential: CREDENTIAL,
  selection: SELECTION,
  acceptance: ACCEPTANCE,
  discovery: DISCOVERY,
  scrape: SCRAPE,
};
const UNFILLED = /\{[a-zA-Z]+\}/;

function codes(...changes: readonly Change[]): readonly string[] {
  return diagnose(changed(...changes)).map(({code}) => code);
}

for (const [link, cases] of Object.entries(LINKS)) {
  t.test(link, async (t) => {
    for (const [title, changes, expected, says] of cases) {
      const findings = diagnose(changed(...changes));
      t.strictSame(
        findings.map(({code}) => code),
        expected,
        `${title}: ${expected.join(', ') || 'nothing to tell'}`,
      );
      for (const {cause, cure} of findings) t.notMatch(`${cause} ${cure}`, UNFILLED, cause);
      if (says !== undefined) t.match(findings[0]?.cause, says);
    }
  });
}

t.test('every diagnosis of the table can be made', async (t) => {
  const made = new Set(Object.values(LINKS).flatMap((cases) => cases.flatMap(([, , expected]) => expected)));
  t.strictSame(
    Object.keys(DIAGNOSES).filter((code) => !(made as ReadonlySet<string>).has(code)),
    [],
  );
});

t.test('a finding carries what its row says, filled in', async (t) => {
  t.strictSame(diagnose(changed(targets({'kube-scheduler': component({down: 1})}))), [
    {
      code: 'down-unexplained',
      link: 'scrape',
      severity: 'problem',
      cause: 'kube-scheduler is down, and what was asked cannot say why',
      cure: DIAGNOSES['down-unexplained'].cure,
    },
  ]);
});

t.test('what is not known is not judged', async (t) => {
  const unknown: Readonly<Record<string, Change>> = {
    selection: (evidence) => ({...evidence, selection: undefined}),
    acceptance: (evidence) => ({...evidence, acceptance: undefined}),
    discovery: (evidence) => ({...evidence, discovery: undefined}),
    prometheus: notAsked,
  };
  for (const [what, forget] of Object.entries(unknown)) t.strictSame(codes(forget), [], what);
  t.strictSame(codes(...Object.values(unknown)), [], 'nothing but the objects');
});

t.test('only the first broken link is told: what follows from it is not', async (t) => {
  const breaks: readonly (readonly [code: string, change: Change])[] = [
    ['cannot-be-monitored', tcp({port: -1})],
    ['object-differs', objects({differing: [{kind: 'Role', name: 'x', fields: ['/rules']}]})],
    ['credential-expired', credential({notAfter: new Date(0)})],
    ['no-prometheus', prometheuses([], {labels: {}})],
    ['monitor-rejected', (evidence) => ({...evidence, acceptance: {verdict: 'rejected', message: 'x'}})],
    ['no-endpoints', discovery({endpoints: each(0)})],
    ['targets-missing', targets(each(component({pool: 'there', job: 'there'})))],
  ];
  const noJob = targets(each(component({pool: 'missing', job: 'missing'})));
  for (const [index, [code]] of breaks.entries()) {
    const broken = breaks.slice(index).map(([, change]) => change);
    const isAboutJobs = code === 'monitor-rejected' || index < 4;
    t.strictSame(codes(...broken, ...(isAboutJobs ? [noJob] : [])), [code]);
  }
  t.strictSame(
    codes(discovery({endpoints: each(2)}), targets(each(down('server returned HTTP status 403 Forbidden')))),
    ['targets-missing'],
    'discovery before scrape',
  );
});

t.test('targets that Prometheus has prove that it selected and accepted the monitor', async (t) => {
  const doubts: readonly Change[] = [
    prometheuses([], {labels: {}}),
    (evidence) => ({...evidence, acceptance: {verdict: 'rejected', message: 'an old Event'}}),
  ];
  t.strictSame(codes(...doubts), [], 'up');
  t.strictSame(
    codes(...doubts, targets(each(down('server returned HTTP status 403 Forbidden')))),
    ['dedicated-forbidden'],
    'down',
  );
  t.strictSame(codes(...doubts, notAsked), ['no-prometheus'], 'but where it was not asked nothing does');
  t.strictSame(
    codes(...doubts, objects({missing: [{kind: 'Service', name: 'x'}]})),
    ['objects-missing'],
    'objects are ours to see',
  );
});

t.test('a pool proves that the monitor was accepted, whatever an old Event says', async (t) => {
  const rejected: Change = (evidence) => ({...evidence, acceptance: {verdict: 'rejected', message: 'an old Event'}});
  for (const known of [component({pool: 'there', job: 'there'}), component({pool: 'missing', job: 'there'})])
    t.notOk(codes(rejected, targets(each(known))).includes('monitor-rejected'));
});

t.test('what sleeps must be ready to be woken, but need not be scraped', async (t) => {
  const asleep = tcp({replicas: 0, phase: 'Sleeping'});
  const silent = targets(each(component({})));
  const noEndpoints = discovery({endpoints: each(0)});
  t.strictSame(codes(asleep, silent, noEndpoints), ['asleep']);
  t.strictSame(codes(asleep, targets(each(down('context deadline exceeded')))), ['asleep'], 'pods that end');
  t.strictSame(codes(asleep, silent, objects({missing: [{kind: 'Role', name: 'x'}]})), ['objects-missing']);
  t.strictSame(codes(asleep, silent, credential({notAfter: new Date(0)})), ['credential-expired']);
  t.strictSame(codes(asleep, silent, prometheuses([], {labels: {}})), ['no-prometheus']);
});

t.test('a look does not change what it looks at', async (t) => {
  const evidence = healthy();
  diagnose(evidence);
  t.strictSame(evidence, healthy());
});

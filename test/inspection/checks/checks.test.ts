import t from 'tap';
import {CATEGORIES, INSTALLATION_DIAGNOSES} from '../../../src/diagnosis/installation.ts';
import {CHECKS} from '../../../src/inspection/checks/all.ts';
import {ConnectionError} from '../../../src/kube/errors.ts';
import {api, type Cases, healthySituation, runCheck} from '../../support/check.ts';
import {INSTALLATION} from './cases/installation.ts';
import {KAMAJI} from './cases/kamaji.ts';
import {KUBERNETES} from './cases/kubernetes.ts';
import {PROMETHEUS} from './cases/prometheus.ts';
import {TENANTS} from './cases/tenants.ts';

const CASES: Cases = {...KUBERNETES, ...KAMAJI, ...INSTALLATION, ...PROMETHEUS, ...TENANTS};
const UNFILLED = /\{[a-zA-Z]+\}/;

for (const [check, cases] of Object.entries(CASES)) {
  t.test(check, async (t) => {
    for (const [when, turn, says] of cases) {
      const result = await runCheck(check, turn(healthySituation()));
      t.match(result, says, `${when}: ${says.state}`);
      if (result.state !== 'found' || says.state !== 'found') continue;
      t.equal(result.findings.length, says.findings.length, `${when}: nothing else`);
      for (const {cause, cure} of result.findings) t.notMatch(`${cause} ${cure}`, UNFILLED);
    }
  });
}

t.test('every check has its cases, and categories come in their order', async (t) => {
  t.strictSame(
    CHECKS.map(({title}) => title),
    Object.keys(CASES),
  );
  const categories = CHECKS.map(({category}) => category);
  t.strictSame([...new Set(categories)], CATEGORIES);
  t.strictSame(
    categories,
    categories.toSorted((a, b) => CATEGORIES.indexOf(a) - CATEGORIES.indexOf(b)),
  );
});

t.test('every diagnosis of the table can be found, by a check of its category', async (t) => {
  const byCode = new Map(
    Object.entries(CASES).flatMap(([title, cases]) =>
      cases.flatMap(([, , says]) =>
        says.state === 'found'
          ? says.findings.map(({code}) => [code, CHECKS.find((check) => check.title === title)?.category] as const)
          : [],
      ),
    ),
  );
  for (const [code, {category}] of Object.entries(INSTALLATION_DIAGNOSES))
    t.equal(new Map<string, unknown>(byCode).get(code), category, code);
});

t.test('a connection that is lost is an error in one line, whichever check asks', async (t) => {
  const lost = new ConnectionError('GET /x', new Error('socket hang up'));
  const refused = ['/version', '/apis/admissionregistration.k8s.io/v1', 'serviceaccounts', 'subjectaccessreviews'];
  const situation = api((fake) => {
    for (const what of [...refused, 'mutatingwebhookconfigurations']) fake.refused.set(what, lost);
  })(healthySituation());
  const failed: string[] = [];
  for (const check of CHECKS) {
    try {
      await check.run(situation);
    } catch (error) {
      failed.push(check.title);
      t.match(error, {code: 'CLUSTER', message: /^the cluster cannot be read: GET \/x: socket hang up;/}, check.title);
    }
  }
  t.equal(failed.length, 9);
});

import jsonpatch from 'fast-json-patch';
import t from 'tap';
import {mutate} from '../../src/admission/mutation.ts';
import {capturedTenantControlPlane} from '../support/fixtures.ts';
import {admissionRequest} from '../support/review.ts';

const KEY = 'kamaji-monitoring.io/enabled';

function withAnnotations(annotations: unknown): object {
  return {...capturedTenantControlPlane('alpha-ready'), metadata: {name: 'alpha', annotations}};
}

t.test('an undecided TCP gets the one annotation, all else stays as it was', async (t) => {
  for (const annotations of [undefined, null, {}, {other: 'x'}, {'a/b~c': '1', constructor: 'x', toString: 'y'}]) {
    const object = JSON.parse(JSON.stringify(withAnnotations(annotations))) as object;
    const mutation = mutate(admissionRequest({object}));
    if (mutation.action !== 'annotate') {
      t.fail(`left: ${mutation.reason}`);
      continue;
    }
    const patched: unknown = jsonpatch.applyPatch(object, [mutation.operation], true, false).newDocument;
    t.strictSame(patched, {...object, metadata: {name: 'alpha', annotations: {...annotations, [KEY]: 'true'}}});
    t.match(
      mutate(admissionRequest({object: patched})),
      {action: 'leave', reason: 'decided'},
      'a second call changes nothing',
    );
  }
});

t.test('a decision is left alone', async (t) => {
  for (const value of ['true', 'false']) {
    t.strictSame(mutate(admissionRequest({object: withAnnotations({[KEY]: value})})), {
      action: 'leave',
      reason: 'decided',
    });
  }
});

t.test('a wrong value is left alone and its author is warned, in one printable line', async (t) => {
  for (const value of ['', 'TRUE', ' true ', 'flase', 1, null, {}, `x\n\u001b[31m${'y'.repeat(300)}`]) {
    const mutation = mutate(admissionRequest({object: withAnnotations({[KEY]: value})}));
    t.match(mutation, {action: 'leave', reason: 'invalid-value'});
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    t.match('warning' in mutation && mutation.warning, /^[^\u0000-\u001f]{1,160}$/);
  }
});

t.test('everything that is no creation of a TCP passes unchanged', async (t) => {
  const object = withAnnotations({});
  for (const operation of ['UPDATE', 'DELETE', 'CONNECT', 'create', '']) {
    t.match(mutate(admissionRequest({object, operation})), {action: 'leave', reason: 'not-a-creation'});
  }
  for (const kind of [{kind: 'Pod', group: ''}, {kind: 'DataStore'}, {group: 'other.io'}]) {
    t.match(mutate(admissionRequest({object, ...kind})), {action: 'leave', reason: 'not-a-tenant-control-plane'});
  }
});

t.test('an object on which no annotation can be put passes unchanged', async (t) => {
  const broken = [
    null,
    1,
    [],
    {},
    {metadata: null},
    {metadata: []},
    {metadata: {annotations: []}},
    {metadata: {annotations: 'x'}},
  ];
  for (const object of broken) {
    t.match(mutate(admissionRequest({object})), {action: 'leave', reason: 'not-annotatable'}, JSON.stringify(object));
  }
});

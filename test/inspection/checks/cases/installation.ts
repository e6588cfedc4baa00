import {CONTROLLER_RIGHTS} from '../../../../src/inspection/checks/controller-rights.ts';
import {all, api, asItIs, type Cases, finds, isOk, isUnknown, type Turn} from '../../../support/check.ts';

const NO_REVIEWS = 'you may not create SubjectAccessReviews';
const noReviews = refused('subjectaccessreviews');

function refused(plural: string, status = 403): Turn {
  return api((cluster) => cluster.refused.set(plural, status));
}

function denied(...rights: readonly string[]): Turn {
  return api((cluster) => {
    for (const right of rights) cluster.denied.add(right);
  });
}

function allowed(...rights: readonly string[]): Turn {
  return api((cluster) => {
    for (const right of rights) cluster.denied.delete(right);
  });
}

function webhooks(...entries: readonly object[]): Turn {
  return api(({objects}) => {
    const index = objects.findIndex(({kind}) => kind === 'MutatingWebhookConfiguration');
    objects[index] = {...objects[index], webhooks: entries};
  });
}

const without = (kind: string) =>
  api(({objects}) =>
    objects.splice(
      objects.findIndex((object) => object.kind === kind),
      1,
    ),
  );
const entry = (name: string, change: object = {}) => ({
  name,
  failurePolicy: 'Ignore',
  clientConfig: {caBundle: 'x'},
  ...change,
});

export const INSTALLATION: Cases = {
  'the controller is installed': [
    ['it is', asItIs, isOk('ServiceAccount kamaji-monitoring-system/kamaji-monitoring-controller')],
    [
      'it is not',
      without('ServiceAccount'),
      finds('controller-account-missing', /no ServiceAccount kamaji-monitoring-system\/kamaji-monitoring-controller:/),
    ],
    [
      'that may not be seen',
      refused('serviceaccounts'),
      isUnknown('you may not see ServiceAccounts in kamaji-monitoring-system'),
    ],
  ],
  'the controller has its rights': [
    ['it has', asItIs, isOk(`all ${CONTROLLER_RIGHTS.length}`)],
    [
      'some are missing',
      denied('list services', 'watch services', 'create secrets', 'escalate roles'),
      finds(
        'controller-rights-missing',
        /may not list, watch services; escalate roles\.rbac\.authorization\.k8s\.io; create secrets$/,
      ),
    ],
    ['nobody may ask', noReviews, isUnknown(NO_REVIEWS)],
  ],
  'the controller may not read the cluster’s Secrets': [
    ['it may not', asItIs, isOk('none of them')],
    [
      'it may patch them, which reads them too',
      allowed('patch secrets'),
      finds('controller-rights-excessive', /may patch secrets in the whole cluster/),
    ],
    [
      'it may read them',
      allowed('get secrets', 'list secrets', 'watch secrets'),
      finds('controller-rights-excessive', /may get, list, watch secrets in/),
    ],
    ['nobody may ask', noReviews, isUnknown(NO_REVIEWS)],
  ],
  'the webhook is registered and cannot hurt': [
    ['it is', asItIs, isOk('2 entries')],
    ['it is not', without('MutatingWebhookConfiguration'), finds('webhook-missing')],
    [
      'a policy does its work',
      all(
        without('MutatingWebhookConfiguration'),
        api(({objects}) =>
          objects.push({
            apiVersion: 'admissionregistration.k8s.io/v1',
            kind: 'MutatingAdmissionPolicy',
            metadata: {name: 'kamaji-monitoring'},
          }),
        ),
      ),
      isOk('there is none, the MutatingAdmissionPolicy does its work'),
    ],
    ['it has no entry', webhooks(), finds('webhook-missing')],
    [
      'entries have no CA',
      webhooks(entry('a', {clientConfig: {}}), entry('b'), entry('c', {clientConfig: {caBundle: ''}})),
      finds('webhook-without-authority', /webhook a, c has no caBundle/),
    ],
    [
      'entries stop what they cannot answer, which is what the API server assumes',
      webhooks(entry('a', {failurePolicy: 'Fail'}), entry('b', {failurePolicy: undefined}), entry('c')),
      finds('webhook-blocks', /webhook a, b has failurePolicy Fail/),
    ],
    [
      'both',
      webhooks(entry('a', {clientConfig: {}, failurePolicy: 'Fail'})),
      {state: 'found', findings: [{code: 'webhook-without-authority'}, {code: 'webhook-blocks'}]},
    ],
    [
      'that may not be seen',
      refused('mutatingwebhookconfigurations'),
      isUnknown('you may not see MutatingWebhookConfigurations'),
    ],
  ],
};

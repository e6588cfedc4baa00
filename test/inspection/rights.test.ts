import t from 'tap';
import {forbiddenForDiscovery, isAllowed} from '../../src/inspection/rights.ts';
import type {KubeClient} from '../../src/kube/client.ts';
import {ApiError, ConnectionError} from '../../src/kube/errors.ts';
import {fakeCluster} from '../support/fake-cluster.ts';
import {prometheus} from '../support/prometheus-object.ts';

const ACCOUNT = {namespace: 'monitoring', name: 'main'};
const RIGHT = {verb: 'list', group: '', resource: 'pods', namespace: 'tenants'};
const MAIN = prometheus('main', {serviceAccountName: 'main'});

function answering(status: unknown) {
  const reviews: unknown[] = [];
  const client = {
    async create(_resource: unknown, namespace: unknown, review: unknown) {
      reviews.push([namespace, review]);
      if (status instanceof Error) throw status;
      return {status};
    },
  } as unknown as KubeClient;
  return {client, reviews};
}

t.test('asks the API server for a ServiceAccount with the groups that it has', async (t) => {
  const {client, reviews} = answering({allowed: true});
  t.equal(await isAllowed(client, ACCOUNT, RIGHT), true);
  t.strictSame(reviews, [
    [
      undefined,
      {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          user: 'system:serviceaccount:monitoring:main',
          groups: ['system:serviceaccounts', 'system:serviceaccounts:monitoring', 'system:authenticated'],
          resourceAttributes: RIGHT,
        },
      },
    ],
  ]);
});

const answers: readonly (readonly [title: string, status: unknown, allowed: boolean | undefined])[] = [
  ['denied', {allowed: false, denied: true}, false],
  ['not allowed', {allowed: false}, false],
  ['an answer that says nothing allows nothing', undefined, false],
  ['who may not ask does not know', new ApiError('POST /x', 403, {}), undefined],
  ['where nobody can ask nobody knows', new ApiError('POST /x', 404, {}), undefined],
];
for (const [title, status, allowed] of answers) {
  t.test(`a right: ${title}`, async (t) => {
    t.equal(await isAllowed(answering(status).client, ACCOUNT, RIGHT), allowed);
  });
}

t.test('a lost connection is an error and no denial', async (t) => {
  const lost = new ConnectionError('POST /x', new Error('socket hang up'));
  await t.rejects(isAllowed(answering(lost).client, ACCOUNT, RIGHT), {code: 'CLUSTER'});
});

t.test('Prometheus must list and watch what it discovers with, in the namespace', async (t) => {
  const cluster = fakeCluster();
  t.strictSame(await forbiddenForDiscovery(cluster.client, MAIN, 'tenants'), []);
  t.strictSame(
    cluster.asked,
    ['list services', 'watch services', 'list pods', 'watch pods', 'list endpoints', 'watch endpoints'].map(
      (right) => `create subjectaccessreviews for ${right}`,
    ),
  );
});

t.test('by EndpointSlices where the object asks for them', async (t) => {
  const cluster = fakeCluster();
  cluster.denied.add('watch endpointslices').add('list endpoints');
  const instance = prometheus('main', {serviceDiscoveryRole: 'EndpointSlice'});
  t.strictSame(await forbiddenForDiscovery(cluster.client, instance, 'tenants'), ['endpointslices']);
});

t.test('each resource is named once, whichever verb is missing', async (t) => {
  const cluster = fakeCluster();
  cluster.denied.add('list services').add('watch services').add('watch endpoints');
  t.strictSame(await forbiddenForDiscovery(cluster.client, MAIN, 'tenants'), ['services', 'endpoints']);
});

t.test('who may not ask does not know, and asks no more', async (t) => {
  const cluster = fakeCluster();
  cluster.refused.set('subjectaccessreviews', 403);
  t.equal(await forbiddenForDiscovery(cluster.client, MAIN, 'tenants'), undefined);
  t.equal(cluster.asked.length, 1);
});

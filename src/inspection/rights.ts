import type {ServiceAccountReference} from '../config.ts';
import {dig} from '../json.ts';
import type {KubeClient} from '../kube/client.ts';
import type {Resource} from '../kube/resource.ts';
import type {PrometheusInstance} from '../prometheus/instance.ts';
import {find} from './reading.ts';

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** All where it is absent. */
  readonly namespace?: string;
}

const REVIEWS: Resource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
};

/** Asks the API server whether a ServiceAccount has a right; undefined where the person who asks may not ask that. */
export async function isAllowed(
  client: KubeClient,
  {namespace, name}: ServiceAccountReference,
  right: Right,
): Promise<boolean | undefined> {
  const answer = await find(
    client.create(REVIEWS, undefined, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        user: `system:serviceaccount:${namespace}:${name}`,
        groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
        resourceAttributes: right,
      },
    }),
  );
  return typeof answer === 'string' ? undefined : dig(answer, 'status', 'allowed') === true;
}

/** What Prometheus may not list or watch in a namespace of what it discovers targets with; undefined where it is not known. */
export async function forbiddenForDiscovery(
  client: KubeClient,
  instance: PrometheusInstance,
  namespace: string,
): Promise<readonly string[] | undefined> {
  const resources = [
    {group: '', resource: 'services'},
    {group: '', resource: 'pods'},
    instance.discoveryRole === 'EndpointSlice'
      ? {group: 'discovery.k8s.io', resource: 'endpointslices'}
      : {group: '', resource: 'endpoints'},
  ];
  const account = {namespace: instance.namespace, name: instance.serviceAccount};
  const forbidden: string[] = [];
  for (const {group, resource} of resources) {
    for (const verb of ['list', 'watch']) {
      const allowed = await isAllowed(client, account, {verb, group, resource, namespace});
      if (allowed === undefined) return undefined;
      if (!allowed && !forbidden.includes(resource)) forbidden.push(resource);
    }
  }
  return forbidden;
}

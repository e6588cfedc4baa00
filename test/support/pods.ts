import type {Api} from './api.ts';
import {waitFor} from './wait.ts';

const NODE = 'fake-node';

/**
 * Pods without a kubelet: bound to a Node that nobody runs, their status written by us, so that the real controllers
 * publish EndpointSlices for them. Needs kube-controller-manager.
 */
export async function runPod(
  api: Api,
  namespace: string,
  name: string,
  podIP: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  await ensureNode(api);
  // kube-controller-manager makes it a moment after the namespace; without it no Pod is admitted.
  await waitFor('the default ServiceAccount', () =>
    api.find(`/api/v1/namespaces/${namespace}/serviceaccounts/default`),
  );
  await api.create(`/api/v1/namespaces/${namespace}/pods`, {
    metadata: {name, labels},
    spec: {
      nodeName: NODE,
      containers: [{name: 'main', image: 'none.invalid/none'}],
      automountServiceAccountToken: false,
    },
  });
  await becomeReady(api, namespace, name, podIP);
}

/** Lets a Pod that a real controller made run on the same Node. */
export async function adoptPod(api: Api, namespace: string, name: string, podIP: string): Promise<void> {
  await ensureNode(api);
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  await waitFor(`the Pod ${name}`, () => api.find(path));
  await api.create(`${path}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: {name},
    target: {kind: 'Node', name: NODE},
  });
  await becomeReady(api, namespace, name, podIP);
}

async function ensureNode(api: Api): Promise<void> {
  if ((await api.find(`/api/v1/nodes/${NODE}`)) === undefined)
    await api.create('/api/v1/nodes', {metadata: {name: NODE}});
}

async function becomeReady(api: Api, namespace: string, name: string, podIP: string): Promise<void> {
  await api.mergePatch(`/api/v1/namespaces/${namespace}/pods/${name}/status`, {
    status: {
      phase: 'Running',
      podIP,
      podIPs: [{ip: podIP}],
      conditions: [
        {type: 'Ready', status: 'True'},
        {type: 'ContainersReady', status: 'True'},
      ],
    },
  });
}

/** The Pods of a tenant's control plane. */
export async function runTenantPods(
  api: Api,
  namespace: string,
  name: string,
  addresses: readonly string[],
): Promise<void> {
  for (const [index, address] of addresses.entries()) {
    await runPod(api, namespace, `${name}-${index}`, address, {
      'kamaji.clastix.io/name': name,
      'kamaji.clastix.io/component': 'deployment',
    });
  }
}

import {clientSecretName, ENABLED} from '../../src/names.ts';
import type {Api} from '../../test/support/api.ts';
import type {ClientGroup, Kamaji} from '../../test/support/kamaji.ts';
import {childPath, KINDS, objectsOf} from '../../test/support/monitored.ts';
import {waitFor} from '../../test/support/wait.ts';
import {guideObjects, type Pace} from './guide.ts';

/** A way from a tenant's certificate to objects that Prometheus reads. */
export interface Contender {
  /** On the TenantControlPlane. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly clientGroup: ClientGroup;
  /** What Kamaji does until the clock starts. */
  before(kamaji: Kamaji): Promise<void>;
  /** What Kamaji does after that, at the same time as `objects`. */
  after(kamaji: Kamaji): Promise<void>;
  /** Ends when all objects are there. */
  objects(name: string): Promise<void>;
  /** Removes what does not go with the TenantControlPlane. */
  remove(name: string): Promise<void>;
}

const OBJECTS_POLL_MS = 10;

/** The floor: a person who has everything ready and loses no moment, one request after another as `kubectl apply` does. */
export function byHand(api: Api, namespace: string, pace: Pace): Contender {
  return {
    annotations: {[ENABLED]: 'false'},
    clientGroup: 'kubeadm:cluster-admins',
    async before(kamaji) {
      await kamaji.provideAuthority();
      await kamaji.provideClientCertificate();
    },
    after: becomeReady,
    async objects(name) {
      for (const {path, object} of guideObjects(namespace, name, pace)) await api.create(path, object);
    },
    async remove(name) {
      for (const {path, name: object} of guideObjects(namespace, name, pace)) await api.delete(`${path}/${object}`);
    },
  };
}

export function byUs(api: Api, namespace: string): Contender {
  return {
    annotations: {},
    clientGroup: 'none',
    before: (kamaji) => kamaji.provideAuthority(),
    async after(kamaji) {
      await kamaji.provideClientCertificate();
      await becomeReady(kamaji);
    },
    async objects(name) {
      const path = childPath('ServiceMonitor', namespace, `kube-prometheus-stack-tcp-${name}`);
      await waitFor(path, () => api.find(path), {everyMs: OBJECTS_POLL_MS});
      await requireAll(name);
    },
    remove: async () => undefined,
  };

  /** The ServiceMonitor is the last that is made. */
  async function requireAll(name: string): Promise<void> {
    const [found] = await Promise.all([
      objectsOf(api, namespace, name),
      api.get(`/api/v1/namespaces/${namespace}/secrets/${clientSecretName(name)}`),
    ]);
    if (!KINDS.every((kind) => kind in found))
      throw new Error(`not all objects of ${name} came before its ServiceMonitor`);
  }
}

async function becomeReady(kamaji: Kamaji): Promise<void> {
  await kamaji.setStatus('NotReady');
  await kamaji.setStatus('Ready', 1);
}

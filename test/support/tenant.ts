import {join} from 'node:path';
import {Agent, request} from 'undici';
import type {Component as TenantComponent} from '../../src/monitoring/components.ts';
import type {Component} from './component.ts';
import {type ControlPlane, startControlPlane} from './control-plane.ts';
import type {ManagementCluster} from './management-cluster.ts';
import {type CertificateAuthority, createAuthority, createSigningKey, type KeyPair} from './pki.ts';

export interface TenantOptions {
  readonly name: string;
  readonly namespace: string;
  readonly replicas?: number;
  /** Where kube-apiserver listens. */
  readonly port?: number;
  /** Other names under which TenantControlPlanes of the same namespace may use it. */
  readonly aliases?: readonly string[];
}

/** A tenant's control plane as Kamaji's pods run it: real components on their real ports. */
export interface Tenant {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
  readonly authority: CertificateAuthority;
  /** One address per replica: its pod IP. */
  readonly addresses: readonly string[];
  readonly replicas: readonly ControlPlane[];
  /** Ends kube-apiserver of the first replica at once. */
  killApiServer(): Promise<void>;
  /** Starts it again. */
  restartApiServer(): Promise<void>;
  /** The scheduler of the first replica. */
  readonly scheduler: Component;
  /** Starts it again after it was killed. */
  startScheduler(): Promise<void>;
  /** What Kamaji's soot controller does: members of `kubeadm:cluster-admins` become cluster-admin of the tenant. */
  bindClusterAdmins(): Promise<void>;
  scrape(
    address: string,
    component: TenantComponent,
    client?: KeyPair,
  ): Promise<{readonly status: number; readonly body: string}>;
}

export async function startTenant(cluster: ManagementCluster, options: TenantOptions): Promise<Tenant> {
  const {name, namespace, replicas: count = 1, port = 6443, aliases = []} = options;
  const [authority, signingKey] = await Promise.all([createAuthority('kubernetes', 'rsa'), createSigningKey()]);
  const addresses = Array.from({length: count}, () => cluster.addresses.next());
  const replicas: ControlPlane[] = [];
  const schedulers: Component[] = [];
  for (const address of addresses) {
    const replica = await startControlPlane({
      address,
      port,
      folder: join(cluster.folder, `${namespace}-${name}-${address}`),
      authority,
      etcd: cluster.etcd,
      etcdPrefix: `/${namespace}_${name}`,
      serviceRange: '10.97.0.0/16',
      dnsNames: [
        name,
        `${name}.${namespace}.svc`,
        `${name}.${namespace}.svc.cluster.local`,
        ...aliases.map((alias) => `${alias}.${namespace}.svc`),
      ],
      signingKey,
    });
    cluster.add(killedAtOnce(replica.apiServer));
    const [, scheduler] = (
      await Promise.all([
        replica.startControllerManager(['--leader-elect=true']),
        replica.startScheduler(['--leader-elect=true']),
      ])
    ).map((component) => cluster.add(component));
    schedulers.push(...(scheduler === undefined ? [] : [scheduler]));
    replicas.push(replica);
  }
  const ports: Readonly<Record<TenantComponent, number>> = {
    'kube-apiserver': port,
    'kube-controller-manager': 10_257,
    'kube-scheduler': 10_259,
  };
  return {
    name,
    namespace,
    port,
    authority,
    addresses,
    replicas,
    async killApiServer() {
      await replicas[0]?.apiServer.kill('SIGKILL');
    },
    async restartApiServer() {
      const component = await replicas[0]?.restartApiServer();
      if (component !== undefined) cluster.add(killedAtOnce(component));
    },
    get scheduler() {
      const [scheduler] = schedulers;
      if (scheduler === undefined) throw new Error('the tenant has no replica');
      return scheduler;
    },
    async startScheduler() {
      const component = await replicas[0]?.startScheduler(['--leader-elect=true']);
      if (component !== undefined) schedulers[0] = cluster.add(component);
    },
    async bindClusterAdmins() {
      await replicas[0]?.admin.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
        metadata: {name: 'kubeadm:cluster-admins'},
        roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin'},
        subjects: [{apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'kubeadm:cluster-admins'}],
      });
    },
    async scrape(address, component, client) {
      const identity = client === undefined ? {} : {cert: client.certificate, key: client.privateKey};
      const dispatcher = new Agent({connect: {rejectUnauthorized: false, ...identity}});
      try {
        const response = await request(`https://${address}:${ports[component]}/metrics`, {dispatcher});
        return {status: response.statusCode, body: await response.body.text()};
      } finally {
        await dispatcher.destroy();
      }
    },
  };
}

/** A tenant's API server shares etcd with the others and need not end in order. */
function killedAtOnce(component: Component): Component {
  return {...component, stop: () => component.kill('SIGKILL')};
}

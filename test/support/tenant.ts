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
  /** The scheduler of the first replica. */
  readonly scheduler: Component;
  /** Starts it again after it was killed. */
  startScheduler(): Promise<void>;
  /** Ends kube-apiserver of the first replica at once. */
  killApiServer(): Promise<void>;
  /** Starts it again. */
  restartApiServer(): Promise<void>;
  /** What pods do after a rotation of the CA: every component starts again, with certificates of the new one. */
  rotate(authority: CertificateAuthority): Promise<void>;
  /** What Kamaji's soot controller does: members of `kubeadm:cluster-admins` become cluster-admin of the tenant. */
  bindClusterAdmins(): Promise<void>;
  scrape(
    address: string,
    component: TenantComponent,
    client?: KeyPair,
  ): Promise<{readonly status: number; readonly body: string}>;
}

interface Replica {
  readonly controlPlane: ControlPlane;
  readonly controllerManager: Component;
  scheduler: Component;
}

export async function startTenant(cluster: ManagementCluster, options: TenantOptions): Promise<Tenant> {
  const {name, namespace, replicas: count = 1, port = 6443, aliases = []} = options;
  const [firstAuthority, signingKey] = await Promise.all([createAuthority('kubernetes', 'rsa'), createSigningKey()]);
  const addresses = Array.from({length: count}, () => cluster.addresses.next());
  let authority = firstAuthority;
  let replicas = await startReplicas();
  const ports: Readonly<Record<TenantComponent, number>> = {
    'kube-apiserver': port,
    'kube-controller-manager': 10_257,
    'kube-scheduler': 10_259,
  };
  return {
    name,
    namespace,
    port,
    addresses,
    get authority() {
      return authority;
    },
    get replicas() {
      return replicas.map(({controlPlane}) => controlPlane);
    },
    get scheduler() {
      return first().scheduler;
    },
    async startScheduler() {
      first().scheduler = cluster.add(await first().controlPlane.startScheduler(['--leader-elect=true']));
    },
    async killApiServer() {
      await first().controlPlane.apiServer.kill('SIGKILL');
    },
    async restartApiServer() {
      cluster.add(killedAtOnce(await first().controlPlane.restartApiServer()));
    },
    async rotate(next) {
      authority = next;
      const running = replicas.flatMap(({controlPlane, controllerManager, scheduler}) => [
        controlPlane.apiServer,
        controllerManager,
        scheduler,
      ]);
      await Promise.all(running.map((component) => component.kill('SIGKILL')));
      replicas = await startReplicas();
    },
    async bindClusterAdmins() {
      await first().controlPlane.admin.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
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

  function first(): Replica {
    const [replica] = replicas;
    if (replica === undefined) throw new Error('the tenant has no replica');
    return replica;
  }

  async function startReplicas(): Promise<readonly Replica[]> {
    const started: Replica[] = [];
    for (const address of addresses) started.push(await startReplica(address));
    return started;
  }

  async function startReplica(address: string): Promise<Replica> {
    const controlPlane = await startControlPlane({
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
    cluster.add(killedAtOnce(controlPlane.apiServer));
    const [controllerManager, scheduler] = await Promise.all([
      controlPlane.startControllerManager(['--leader-elect=true']),
      controlPlane.startScheduler(['--leader-elect=true']),
    ]);
    return {controlPlane, controllerManager: cluster.add(controllerManager), scheduler: cluster.add(scheduler)};
  }
}

/** A tenant's API server shares etcd with the others and need not end in order. */
function killedAtOnce(component: Component): Component {
  return {...component, stop: () => component.kill('SIGKILL')};
}

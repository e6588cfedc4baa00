import {status} from '../../src/commands/status.ts';
import {dig, isObject, type JsonObject} from '../../src/json.ts';
import {runCommand} from './command.ts';
import type {Component} from './component.ts';
import {type ClientGroup, type Kamaji, playKamaji} from './kamaji.ts';
import {type ManagementCluster, startManagementCluster} from './management-cluster.ts';
import {runTenantPods} from './pods.ts';
import {installManifests, startController, startWebhook} from './product.ts';
import {type Prometheus, startPrometheus} from './prometheus.ts';
import {startPrometheusOperator} from './prometheus-operator.ts';
import {startTenant, type Tenant, type TenantOptions} from './tenant.ts';
import {tenantControlPlane, tenantControlPlanesPath} from './tenant-control-plane.ts';
import {waitFor} from './wait.ts';

/** Scraped more often than in the guide, so that no test waits for longer than needed. */
export const FAST = 'serviceMonitor: {interval: 1s, scrapeTimeout: 1s}\n';

/** Who asks with the rights of an admin. */
export interface Asker {
  readonly kubeconfig: string;
  /** The codes that `status` gives for one TenantControlPlane. */
  codes(namespace: string, name: string, how?: Asking): Promise<readonly string[]>;
}

/** The whole chain: a management cluster, the product in it, prometheus-operator and Prometheus. */
export interface Installation extends Asker {
  readonly cluster: ManagementCluster;
  readonly prometheus: Prometheus;
  readonly operator: Component;
  controller(): Component;
  /** Stops the controller and starts it again, with another configuration. */
  reconfigure(config: string): Promise<void>;
  /** A TenantControlPlane that really runs, with what Kamaji makes for it. */
  addTenant(options: TenantOptions & {readonly clientGroup?: ClientGroup}): Promise<Running>;
}

export interface Asking {
  readonly flags?: readonly string[];
  /** How much later it is for who asks. */
  readonly laterMs?: number;
}

export interface Running {
  readonly tenant: Tenant;
  readonly kamaji: Kamaji;
}

export interface InstallationOptions {
  readonly config?: string;
  readonly operatorFlags?: readonly string[];
  readonly prometheusSpec?: JsonObject;
  /** Runs the webhook too. */
  readonly webhook?: boolean;
}

export async function startInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const {config = FAST, operatorFlags = [], prometheusSpec = {}, webhook = false} = options;
  const cluster = await startManagementCluster({controllers: true});
  await installManifests(cluster);
  const operator = await startPrometheusOperator(cluster, operatorFlags);
  const prometheus = await startPrometheus(cluster, prometheusSpec);
  const {api} = cluster;
  let controller = await startController(cluster, config);
  if (webhook) await startWebhook(cluster);
  return {
    ...(await askAsAdmin(cluster)),
    cluster,
    prometheus,
    operator,
    controller: () => controller,
    async reconfigure(next) {
      await controller.stop();
      controller = await startController(cluster, next);
    },
    async addTenant({clientGroup = 'none', ...tenantOptions}) {
      const {namespace, name, replicas = 1, port} = tenantOptions;
      if ((await api.find(`/api/v1/namespaces/${namespace}`)) === undefined) await cluster.createNamespace(namespace);
      const tenant = await startTenant(cluster, tenantOptions);
      const path = tenantControlPlanesPath(namespace);
      await api.create(path, tenantControlPlane(name, {replicas, ...(port !== undefined && {port})}));
      const kamaji = await playKamaji(api, {namespace, name, authority: tenant.authority, clientGroup});
      await kamaji.provideAll(replicas);
      await runTenantPods(api, namespace, name, tenant.addresses);
      return {tenant, kamaji};
    },
  };
}

export async function askAsAdmin({controlPlane}: ManagementCluster): Promise<Asker> {
  const kubeconfig = await controlPlane.writeKubeconfig('admin', controlPlane.adminIdentity.user);
  return {
    kubeconfig,
    async codes(namespace, name, {flags = [], laterMs = 0} = {}) {
      const args = ['-n', namespace, '-o', 'json', '--kubeconfig', kubeconfig, ...flags];
      const {stdout} = await runCommand(status, args, {now: () => new Date(Date.now() + laterMs)});
      const {items} = JSON.parse(stdout) as {items: readonly JsonObject[]};
      const findings = dig(
        items.find((item) => item.name === name),
        'findings',
      );
      return Array.isArray(findings) ? findings.filter(isObject).map(({code}) => String(code)) : ['not there'];
    },
  };
}

/** Waits until `status` says exactly this, and nothing else. */
export async function waitForCodes(
  {codes}: Asker,
  namespace: string,
  name: string,
  wanted: readonly string[],
  how: Asking = {},
): Promise<void> {
  let last: readonly string[] = [];
  await waitFor(
    `status to say [${wanted}] of ${namespace}/${name}`,
    async () => {
      last = await codes(namespace, name, how);
      return JSON.stringify(last) === JSON.stringify(wanted);
    },
    {timeoutMs: 45_000, everyMs: 250},
  ).catch((error: Error) => {
    throw new Error(`${error.message}; it says [${last}]`);
  });
}

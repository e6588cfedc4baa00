import {mkdir, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {dig, isObject, type JsonObject, stringAt} from '../../src/json.ts';
import {type Component, startComponent} from './component.ts';
import {binary} from './control-plane.ts';
import type {ManagementCluster} from './management-cluster.ts';
import {adoptPod} from './pods.ts';
import {bindClusterRole, MONITORING_NAMESPACE} from './prometheus-operator.ts';
import {waitFor} from './wait.ts';

/** As kube-prometheus-stack names it: the Prometheus object, and the ServiceAccount that it runs as. */
export const PROMETHEUS = 'kube-prometheus-stack-prometheus';
export const PROMETHEUSES = `/apis/monitoring.coreos.com/v1/namespaces/${MONITORING_NAMESPACE}/prometheuses`;
const POLL_MS = 200;

/** Prometheus as prometheus-operator configures it. */
export interface Prometheus {
  readonly url: string;
  /** The samples of an instant query, each with its labels and its value. */
  query(expression: string): Promise<readonly {readonly labels: JsonObject; readonly value: number}[]>;
  /** How many scrapes of each target failed since a moment of `performance.now()`, by its instance. */
  failedScrapes(selector: string, since: number): Promise<Readonly<Record<string, number>>>;
  /** Of the targets that are discovered now. */
  targets(): Promise<readonly JsonObject[]>;
  /** Starts the process again, with what it has on disk. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** As a kubelet does whose two volumes are not refreshed together: while held, certificates do not reach the disk. */
  holdCertificates(): void;
  /** Resolves when they are on the disk. */
  releaseCertificates(): Promise<void>;
}

/** A Prometheus object as kube-prometheus-stack has it with that chart's rights, and Prometheus itself; the operator must run. */
export async function startPrometheus(cluster: ManagementCluster, spec: JsonObject = {}): Promise<Prometheus> {
  await grantPrometheus(cluster);
  const folder = join(cluster.folder, 'prometheus');
  await mkdir(join(folder, 'certs'), {recursive: true});
  await writeFile(join(folder, 'token'), await serviceAccountToken(cluster));
  await cluster.api.create(PROMETHEUSES, prometheusObject(cluster, folder, spec));
  return playKubelet(cluster, folder);
}

/** The rights that kube-prometheus-stack gives Prometheus: discovery, and none on Secrets. */
async function grantPrometheus(cluster: ManagementCluster): Promise<void> {
  await cluster.api.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: {name: PROMETHEUS},
    rules: [
      {
        apiGroups: [''],
        resources: ['nodes', 'nodes/metrics', 'services', 'endpoints', 'pods'],
        verbs: ['get', 'list', 'watch'],
      },
      {apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['get', 'list', 'watch']},
      {apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['get', 'list', 'watch']},
      {nonResourceURLs: ['/metrics', '/metrics/cadvisor'], verbs: ['get']},
    ],
  });
  await bindClusterRole(cluster, PROMETHEUS, PROMETHEUS);
}

async function serviceAccountToken({api}: ManagementCluster): Promise<string> {
  const path = `/api/v1/namespaces/${MONITORING_NAMESPACE}/serviceaccounts/${PROMETHEUS}/token`;
  return stringAt(await api.create(path, {spec: {expirationSeconds: 7200}}), 'status', 'token') ?? '';
}

function prometheusObject({controlPlane}: ManagementCluster, folder: string, spec: JsonObject): object {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Prometheus',
    metadata: {name: PROMETHEUS},
    spec: {
      version: 'v3.13.0',
      serviceAccountName: PROMETHEUS,
      serviceMonitorSelector: {matchLabels: {release: 'kube-prometheus-stack'}},
      serviceMonitorNamespaceSelector: {},
      // Prometheus runs outside of a pod here, so it is told where the API server is.
      apiserverConfig: {
        host: controlPlane.server,
        authorization: {type: 'Bearer', credentialsFile: join(folder, 'token')},
        tlsConfig: {caFile: join(controlPlane.folder, 'ca.crt')},
      },
      ...spec,
    },
  };
}

/** Does what kubelet and config-reloader do for the Prometheus pod: files from Secrets, a reload when the configuration changed. */
async function playKubelet(cluster: ManagementCluster, folder: string): Promise<Prometheus> {
  const {api} = cluster;
  const address = cluster.addresses.next();
  const url = `http://${address}:9090`;
  const secrets = `/api/v1/namespaces/${MONITORING_NAMESPACE}/secrets`;
  let written: {readonly config: string; readonly assets: string} | undefined;
  let areCertificatesHeld = false;
  let stopped = false;

  /** True when the configuration changed: changed certificates alone cause no reload, Prometheus reads them again by itself. */
  const materialise = async (): Promise<boolean> => {
    const config = stringAt(await api.find(`${secrets}/prometheus-${PROMETHEUS}`), 'data', 'prometheus.yaml.gz');
    const assets = dig(await api.find(`${secrets}/prometheus-${PROMETHEUS}-tls-assets-0`), 'data') ?? {};
    const before = written;
    if (config === undefined) return false;
    const assetsText = areCertificatesHeld ? (before?.assets ?? '{}') : JSON.stringify(assets);
    if (config === before?.config && assetsText === before.assets) return false;
    const local = localConfig(config, folder);
    // The operator writes the configuration first: without its certificates Prometheus drops the whole pool, without a word.
    if (!areCertificatesHeld) {
      if (certificatesOf(local).some((name) => !isObject(assets) || !(name in assets))) return false;
      await writeAssets(join(folder, 'certs'), assets);
    }
    await replaceFile(join(folder, 'prometheus.yaml'), local);
    written = {config, assets: assetsText};
    return config !== before?.config;
  };
  const start = () =>
    startComponent({
      name: 'prometheus',
      command: binary('prometheus'),
      args: [
        `--config.file=${join(folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${new URL(url).host}`,
        '--web.enable-lifecycle',
      ],
      folder,
      ready: async () => (await textOf(`${url}/-/ready`)).includes('Ready'),
    });

  await waitFor('the operator to write a configuration', materialise, {everyMs: POLL_MS});
  let component: Component = await start();
  await adoptPod(api, MONITORING_NAMESPACE, `prometheus-${PROMETHEUS}-0`, address);
  const loop = (async () => {
    while (!stopped) {
      if (await materialise().catch(() => false))
        await fetch(`${url}/-/reload`, {method: 'POST'}).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  })();
  cluster.add({
    ...component,
    async stop() {
      stopped = true;
      await loop;
      await component.kill('SIGKILL');
    },
  });

  return {
    url,
    async query(expression) {
      const answer: unknown = JSON.parse(await textOf(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`));
      const result = dig(answer, 'data', 'result');
      return (Array.isArray(result) ? result : []).filter(isObject).map(({metric, value}) => ({
        labels: isObject(metric) ? metric : {},
        value: Number(Array.isArray(value) ? value[1] : Number.NaN),
      }));
    },
    async failedScrapes(selector, since) {
      const seconds = Math.ceil((performance.now() - since) / 1000);
      const expression = encodeURIComponent(`up{${selector}}[${seconds}s]`);
      const answer: unknown = JSON.parse(await textOf(`${url}/api/v1/query?query=${expression}`));
      const result = dig(answer, 'data', 'result');
      return Object.fromEntries(
        (Array.isArray(result) ? result : []).map((series) => {
          const values = dig(series, 'values');
          const failed = Array.isArray(values) ? values.filter((pair) => Array.isArray(pair) && pair[1] === '0') : [];
          return [stringAt(series, 'metric', 'instance') ?? '', failed.length];
        }),
      );
    },
    async targets() {
      const active = dig(JSON.parse(await textOf(`${url}/api/v1/targets?state=active`)), 'data', 'activeTargets');
      return Array.isArray(active) ? active.filter(isObject) : [];
    },
    stop: () => component.stop(),
    async restart() {
      await component.stop();
      component = await start();
    },
    holdCertificates() {
      areCertificatesHeld = true;
    },
    async releaseCertificates() {
      const before = written?.assets;
      areCertificatesHeld = false;
      await waitFor('the certificates to be on the disk', async () => written?.assets !== before);
    },
  };
}

async function writeAssets(folder: string, assets: unknown): Promise<void> {
  const wanted = isObject(assets) ? assets : {};
  for (const [name, content] of Object.entries(wanted))
    await replaceFile(join(folder, name), Buffer.from(String(content), 'base64'));
  for (const name of await readdir(folder)) if (!(name in wanted)) await rm(join(folder, name));
}

/** The names of the files that a configuration names below its folder of certificates. */
function certificatesOf(local: string): readonly string[] {
  return [...local.matchAll(/\/certs\/([^\s"']+)/g)].map(([, name = '']) => name);
}

function localConfig(gzipped: string, folder: string): string {
  return gunzipSync(Buffer.from(gzipped, 'base64'))
    .toString()
    .replaceAll('$(SHARD)', '0')
    .replaceAll('$(POD_NAME)', `prometheus-${PROMETHEUS}-0`)
    .replaceAll('/etc/prometheus/certs/', `${folder}/certs/`)
    .replaceAll('/etc/prometheus/rules/', `${folder}/rules/`);
}

async function replaceFile(file: string, content: string | Buffer): Promise<void> {
  await writeFile(`${file}.new`, content, {mode: 0o600});
  await rename(`${file}.new`, file);
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url).catch(() => undefined);
  return (await response?.text()) ?? '';
}

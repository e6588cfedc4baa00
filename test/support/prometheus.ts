import {mkdir, readdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gunzipSync} from 'node:zlib';
import {parse} from 'yaml';
import {dig, isObject, type JsonObject, stringAt} from '../../src/json.ts';
import {type Component, startComponent} from './component.ts';
import {binary} from './control-plane.ts';
import {installCrds, type ManagementCluster} from './management-cluster.ts';
import {waitFor} from './wait.ts';

/** Where kube-prometheus-stack of Kamaji's guide runs. */
const NAMESPACE = 'monitoring-system';
const NAME = 'kube-prometheus-stack-prometheus';
const OPERATOR = 'prometheus-operator';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const POLL_MS = 200;

/** Prometheus as prometheus-operator configures it. */
export interface Prometheus {
  /** The samples of an instant query, each with its labels and its value. */
  query(expression: string): Promise<readonly {readonly labels: JsonObject; readonly value: number}[]>;
  /** Of the targets that are discovered now. */
  targets(): Promise<readonly JsonObject[]>;
}

/** prometheus-operator with its own rights, a Prometheus object as kube-prometheus-stack has it, and Prometheus itself. */
export async function startPrometheus(cluster: ManagementCluster): Promise<Prometheus> {
  const {api} = cluster;
  const crds = binary('crds/prometheus-operator');
  await installCrds(
    api,
    (await readdir(crds)).map((name) => join(crds, name)),
  );
  await cluster.createNamespace(NAMESPACE);
  await grantOperator(cluster);
  await grantPrometheus(cluster);
  await startOperator(cluster);
  const [folder, token] = [join(cluster.folder, 'prometheus'), await serviceAccountToken(cluster)];
  await mkdir(join(folder, 'certs'), {recursive: true});
  await writeFile(join(folder, 'token'), token);
  await api.create(
    `/apis/monitoring.coreos.com/v1/namespaces/${NAMESPACE}/prometheuses`,
    prometheusObject(cluster, folder),
  );
  return playKubelet(cluster, folder);
}

async function grantOperator({api}: ManagementCluster): Promise<void> {
  const file = binary('rbac/prometheus-operator/prometheus-operator-cluster-role.yaml');
  const role: unknown = parse(await readFile(file, 'utf8'));
  await api.create(`${RBAC}/clusterroles`, isObject(role) ? role : {});
  await bind(api, OPERATOR, stringAt(role, 'metadata', 'name') ?? '');
}

/** The rights that kube-prometheus-stack gives Prometheus: discovery, and none on Secrets. */
async function grantPrometheus({api}: ManagementCluster): Promise<void> {
  await api.create(`${RBAC}/clusterroles`, {
    metadata: {name: NAME},
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
  await bind(api, NAME, NAME);
}

async function bind(api: ManagementCluster['api'], serviceAccount: string, clusterRole: string): Promise<void> {
  await api.create(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, {metadata: {name: serviceAccount}});
  await api.create(`${RBAC}/clusterrolebindings`, {
    metadata: {name: `${serviceAccount}-test`},
    roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole},
    subjects: [{kind: 'ServiceAccount', name: serviceAccount, namespace: NAMESPACE}],
  });
}

async function startOperator(cluster: ManagementCluster): Promise<Component> {
  const {controlPlane, folder} = cluster;
  const {user} = controlPlane.adminIdentity;
  const listen = `${cluster.addresses.next()}:8080`;
  const file = (name: string) => join(folder, name);
  await writeFile(file('operator.crt'), user.certificate);
  await writeFile(file('operator.key'), user.privateKey);
  const component = await startComponent({
    name: OPERATOR,
    command: binary('prometheus-operator'),
    args: [
      `--apiserver=${controlPlane.server}`,
      `--ca-file=${join(controlPlane.folder, 'ca.crt')}`,
      `--cert-file=${file('operator.crt')}`,
      `--key-file=${file('operator.key')}`,
      `--as=system:serviceaccount:${NAMESPACE}:${OPERATOR}`,
      `--web.listen-address=${listen}`,
      '--kubelet-endpoints=false',
      '--secret-field-selector=type!=kubernetes.io/dockercfg,type!=kubernetes.io/service-account-token,type!=helm.sh/release.v1',
    ],
    folder,
    ready: async () =>
      (await textOf(`http://${listen}/metrics`)).includes('prometheus_operator_ready{controller="prometheus"} 1'),
  });
  return cluster.add(component);
}

async function serviceAccountToken({api}: ManagementCluster): Promise<string> {
  const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${NAME}/token`;
  return stringAt(await api.create(path, {spec: {expirationSeconds: 7200}}), 'status', 'token') ?? '';
}

function prometheusObject({controlPlane}: ManagementCluster, folder: string): object {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'Prometheus',
    metadata: {name: NAME},
    spec: {
      version: 'v3.13.0',
      serviceAccountName: NAME,
      serviceMonitorSelector: {matchLabels: {release: 'kube-prometheus-stack'}},
      serviceMonitorNamespaceSelector: {},
      // Prometheus runs outside of a pod here, so it is told where the API server is.
      apiserverConfig: {
        host: controlPlane.server,
        authorization: {type: 'Bearer', credentialsFile: join(folder, 'token')},
        tlsConfig: {caFile: join(controlPlane.folder, 'ca.crt')},
      },
    },
  };
}

/** Does what kubelet and config-reloader do for the Prometheus pod: files from Secrets, a reload when the configuration changed. */
async function playKubelet(cluster: ManagementCluster, folder: string): Promise<Prometheus> {
  const {api} = cluster;
  const url = `http://${cluster.addresses.next()}:9090`;
  const secrets = `/api/v1/namespaces/${NAMESPACE}/secrets`;
  let written: {readonly config: string; readonly assets: string} | undefined;
  let stopped = false;

  /** True when the configuration changed: changed certificates alone cause no reload, Prometheus reads them again by itself. */
  const materialise = async (): Promise<boolean> => {
    const config = stringAt(await api.find(`${secrets}/prometheus-${NAME}`), 'data', 'prometheus.yaml.gz');
    const assets = dig(await api.find(`${secrets}/prometheus-${NAME}-tls-assets-0`), 'data') ?? {};
    const before = written;
    if (config === undefined || (config === before?.config && JSON.stringify(assets) === before.assets)) return false;
    // Certificates before the configuration: the other way round Prometheus drops the whole pool without a word.
    await writeAssets(join(folder, 'certs'), assets);
    await replaceFile(join(folder, 'prometheus.yaml'), localConfig(config, folder));
    written = {config, assets: JSON.stringify(assets)};
    return config !== before?.config;
  };

  await waitFor('the operator to write a configuration', materialise, {everyMs: POLL_MS});
  const component = await startComponent({
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
    async query(expression) {
      const answer: unknown = JSON.parse(await textOf(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`));
      const result = dig(answer, 'data', 'result');
      return (Array.isArray(result) ? result : []).filter(isObject).map(({metric, value}) => ({
        labels: isObject(metric) ? metric : {},
        value: Number(Array.isArray(value) ? value[1] : Number.NaN),
      }));
    },
    async targets() {
      const active = dig(JSON.parse(await textOf(`${url}/api/v1/targets?state=active`)), 'data', 'activeTargets');
      return Array.isArray(active) ? active.filter(isObject) : [];
    },
  };
}

async function writeAssets(folder: string, assets: unknown): Promise<void> {
  const wanted = isObject(assets) ? assets : {};
  for (const [name, content] of Object.entries(wanted))
    await replaceFile(join(folder, name), Buffer.from(String(content), 'base64'));
  for (const name of await readdir(folder)) if (!(name in wanted)) await rm(join(folder, name));
}

function localConfig(gzipped: string, folder: string): string {
  return gunzipSync(Buffer.from(gzipped, 'base64'))
    .toString()
    .replaceAll('$(SHARD)', '0')
    .replaceAll('$(POD_NAME)', `prometheus-${NAME}-0`)
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

import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseAllDocuments} from 'yaml';
import {issueServingCertificate} from '../../src/certificates/issue.ts';
import {isObject, type JsonObject, stringAt} from '../../src/json.ts';
import {PRODUCT_NAMESPACE, WEBHOOK_SERVICE} from '../../src/names.ts';
import {enabledAnnotation} from '../../src/tenant-control-plane.ts';
import {type Component, startComponent} from './component.ts';
import type {ManagementCluster} from './management-cluster.ts';
import {tenantControlPlane, tenantControlPlanesPath} from './tenant-control-plane.ts';
import {waitFor} from './wait.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const MANIFESTS = new URL('../../manifests/', import.meta.url);

const PATHS: Readonly<Record<string, string>> = {
  Namespace: '/api/v1/namespaces',
  ServiceAccount: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/serviceaccounts`,
  Service: `/api/v1/namespaces/${PRODUCT_NAMESPACE}/services`,
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  MutatingWebhookConfiguration: '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  MutatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies',
  MutatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings',
  ValidatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
};

/** The objects of a file in manifests/. */
export async function manifest(file: string): Promise<readonly JsonObject[]> {
  const text = await readFile(new URL(file, MANIFESTS), 'utf8');
  return [...parseAllDocuments(text)].map((document) => document.toJS() as unknown).filter(isObject);
}

/** Applies files of manifests/ as they are: namespace, rights, Service and webhook configuration, unless others are named. */
export async function installManifests(
  {api}: ManagementCluster,
  files: readonly string[] = ['namespace.yaml', 'rbac.yaml', 'webhook.yaml'],
): Promise<void> {
  for (const file of files) {
    for (const object of await manifest(file)) {
      const kind = stringAt(object, 'kind') ?? '';
      await api.apply(`${PATHS[kind]}/${stringAt(object, 'metadata', 'name')}`, object, 'install');
    }
  }
}

/** Runs the webhook as its own process and lets the API server call it through its Service. */
export async function startWebhook(cluster: ManagementCluster): Promise<Component> {
  const {ca, certificate, privateKey} = await issueServingCertificate({
    dnsNames: [`${WEBHOOK_SERVICE}.${PRODUCT_NAMESPACE}.svc`],
    ipAddresses: [],
    now: new Date(),
    days: 1,
  });
  const file = (name: string) => join(cluster.folder, name);
  await writeFile(file('webhook.crt'), certificate);
  await writeFile(file('webhook.key'), privateKey);
  const component = await startProduct(cluster, 'webhook', [
    '--tls-cert-file',
    file('webhook.crt'),
    '--tls-key-file',
    file('webhook.key'),
    '--port',
    '0',
  ]);
  await publishWebhook(cluster, ca, await webhookPort(component));
  await waitFor('the API server to call the webhook', () => isCalled(cluster));
  return component;
}

/** Runs the controller as its own process, with nothing but its ServiceAccount's rights. */
export async function startController(cluster: ManagementCluster, config?: string): Promise<Component> {
  const kubeconfig = await cluster.serviceAccountKubeconfig(PRODUCT_NAMESPACE, 'kamaji-monitoring-controller');
  const flags: string[] = [];
  if (config !== undefined) {
    const file = join(cluster.folder, 'config.yaml');
    await writeFile(file, config);
    flags.push('--config', file);
  }
  return startProduct(cluster, 'controller', ['--kubeconfig', kubeconfig, ...flags]);
}

async function startProduct(
  cluster: ManagementCluster,
  role: 'webhook' | 'controller',
  flags: readonly string[],
): Promise<Component> {
  const component = await startComponent({
    name: `${role}-${Date.now()}`,
    command: process.execPath,
    args: [MAIN, role, ...flags, '--health-port', '0'],
    folder: cluster.folder,
    env: {PATH: process.env.PATH},
    ready: (started) => isReady(started.logFile),
  });
  return cluster.add(component);
}

/** Asks the health port that the process has logged. */
async function isReady(logFile: string): Promise<boolean> {
  const line = (await logLines(logFile)).find((entry) => stringAt(entry, 'healthAddress') !== undefined);
  const address = stringAt(line, 'healthAddress');
  if (address === undefined) return false;
  const response = await fetch(new URL('/readyz', address)).catch(() => undefined);
  return response?.ok === true;
}

/** What a process of ours has logged so far; lines that are no JSON (a crash) are left out. */
export async function logLines(logFile: string): Promise<readonly JsonObject[]> {
  const lines = (await readFile(logFile, 'utf8')).split('\n');
  return lines.flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return isObject(entry) ? [entry] : [];
    } catch {
      return [];
    }
  });
}

async function webhookPort({logFile}: Component): Promise<number> {
  const ready = (await logLines(logFile)).find((entry) => stringAt(entry, 'msg') === 'ready');
  return Number(new URL(stringAt(ready, 'address') ?? '').port);
}

/** What a Deployment and a certificate issuer do in a real installation: endpoints of the Service, caBundle of the entries. */
async function publishWebhook(cluster: ManagementCluster, ca: string, port: number): Promise<void> {
  const {api} = cluster;
  const slices = `/apis/discovery.k8s.io/v1/namespaces/${PRODUCT_NAMESPACE}/endpointslices`;
  await api.apply(`${slices}/${WEBHOOK_SERVICE}`, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {name: WEBHOOK_SERVICE, labels: {'kubernetes.io/service-name': WEBHOOK_SERVICE}},
    addressType: 'IPv4',
    endpoints: [{addresses: [cluster.addresses.next()], conditions: {ready: true}}],
    ports: [{name: 'https', port, protocol: 'TCP'}],
  });
  const path = `${PATHS.MutatingWebhookConfiguration}/kamaji-monitoring`;
  const {webhooks} = await api.get(path);
  const caBundle = Buffer.from(ca).toString('base64');
  const entries = Array.isArray(webhooks) ? webhooks : [];
  await api.jsonPatch(
    path,
    entries.map((_entry, index) => ({op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: caBundle})),
  );
}

/** The API server learns of the configuration and of the endpoints a moment after they are stored. */
export async function isCalled({api}: ManagementCluster): Promise<boolean> {
  const probe = await api.create(`${tenantControlPlanesPath('default')}?dryRun=All`, tenantControlPlane('probe'));
  return enabledAnnotation(probe) === 'true';
}

/** How often the API server has called a webhook entry, by its own count. */
export function webhookCalls(cluster: ManagementCluster, entry: string): Promise<number> {
  return countOfEntry(cluster, 'apiserver_admission_webhook_request_total', entry);
}

/** How often a match condition of the entry has spared the call, by the API server's own count. */
export function webhookExclusions(cluster: ManagementCluster, entry: string): Promise<number> {
  return countOfEntry(cluster, 'apiserver_admission_match_condition_exclusions_total', entry);
}

async function countOfEntry({api}: ManagementCluster, counter: string, entry: string): Promise<number> {
  const metrics = await api.text('/metrics');
  const counts = [...metrics.matchAll(new RegExp(`^${counter}\\{([^}]*)\\} (\\d+)$`, 'gm'))];
  return counts
    .filter(([, labels]) => labels?.includes(`name="${entry}"`))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

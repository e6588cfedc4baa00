import {type CachedTenantControlPlane, type Child, cacheChild, keyOf} from '../companion/cached.ts';
import {plan} from '../companion/plan.ts';
import {CHILD_KINDS, SECRETS} from '../companion/resources.ts';
import type {Config} from '../config.ts';
import type {Credential, CredentialRefusal} from '../credentials/credential.ts';
import {dedicatedCredential} from '../credentials/dedicated.ts';
import {kubeletClientCredential} from '../credentials/kubelet-client.ts';
import {distrustOfAuthority, distrustOfStatus, isOurSecret} from '../credentials/trust.ts';
import {credentialEvidence} from '../diagnosis/credential.ts';
import type {ObjectsEvidence} from '../diagnosis/evidence.ts';
import {dig, stringAt} from '../json.ts';
import type {KubeClient} from '../kube/client.ts';
import type {Labels} from '../kube/label-selector.ts';
import {type DesiredObject, desired} from '../monitoring/desired.ts';
import {
  AUTHORITY_CHECKSUM,
  authoritySecretName,
  CREDENTIAL_HASH_LABEL,
  CREDENTIAL_NOT_AFTER,
  clientSecretName,
} from '../names.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import type {ClusterReading} from './cluster.ts';
import {find} from './reading.ts';

export interface ObjectsQuestion {
  readonly client: KubeClient;
  readonly cluster: ClusterReading;
  readonly tcp: CachedTenantControlPlane;
  readonly config: Config;
  /** Whether it is the controller's configuration. Otherwise what depends on it is not compared. */
  readonly isConfigKnown: boolean;
  /** Labels of the ServiceMonitor that were found in the cluster. */
  readonly found: Labels | undefined;
}

export function monitorOf({monitorsOf}: ClusterReading, {namespace, uid = ''}: TenantControlPlane): Child | undefined {
  return monitorsOf(uid).find((monitor) => monitor.namespace === namespace);
}

/** Compares what is with what should be. What may not be seen is not judged. @throws {ClusterError} */
export async function inspectObjects(question: ObjectsQuestion): Promise<ObjectsEvidence> {
  const {client, cluster, tcp, config, isConfigKnown, found} = question;
  const monitor = monitorOf(cluster, tcp);
  const credential = liveCredential(tcp, monitor, config);
  const objects = await Promise.all(
    desired(tcp, credential, config, found)
      .filter(({kind}) => cluster.children[kind].state === 'listed')
      .map(async (object) => ({object, state: await stateOf(object)})),
  );
  const name = ({kind, metadata}: DesiredObject) => ({kind, name: metadata.name});
  const missing = objects.filter(({state}) => state.is === 'missing').map(({object}) => name(object));
  const isMonitorMissing = missing.some(({kind}) => kind === 'ServiceMonitor');
  const mode = credential.secretName === clientSecretName(tcp.name) ? 'dedicated' : 'kubelet-client';
  return {
    missing,
    foreign: objects.flatMap(({object, state}) => (state.is === 'foreign' ? [{...name(object), why: state.why}] : [])),
    differing: objects.flatMap(({object, state}) =>
      state.is === 'differing' ? [{...name(object), fields: state.fields}] : [],
    ),
    kindKnown: cluster.children.ServiceMonitor.state !== 'unknown-kind',
    credential: credentialEvidence(
      credential,
      mode,
      isMonitorMissing && mode === 'dedicated' ? await refusalOf(client, tcp) : undefined,
    ),
    monitor: monitor && {name: monitor.name, labels: monitor.labels, createdAt: monitor.createdAt},
  };

  async function stateOf(object: DesiredObject): Promise<ObjectState> {
    const {kind, metadata} = object;
    // Its name is the configuration's too.
    if (kind === 'ServiceMonitor' && monitor !== undefined && !isConfigKnown) return {is: 'right'};
    const [labelled] = cluster.child[kind](keyOf(tcp.namespace, metadata.name));
    const live = labelled ?? (await getChild(client, kind, tcp.namespace, metadata.name));
    if (live === 'forbidden') return {is: 'right'};
    if (live === 'not-there') return {is: 'missing'};
    const next = plan(object, live, tcp.uid ?? '');
    switch (next.action) {
      case 'conflict':
        return {is: 'foreign', why: next.why};
      case 'patch':
        return kind === 'RoleBinding' && !isConfigKnown ? {is: 'right'} : {is: 'differing', fields: next.changes};
      case 'delete':
        return {is: 'differing', fields: [next.why]};
      case 'create':
      case 'nothing':
        return {is: 'right'};
    }
  }
}

type ObjectState =
  | {readonly is: 'right' | 'missing'}
  | {readonly is: 'foreign'; readonly why: string}
  | {readonly is: 'differing'; readonly fields: readonly string[]};

async function getChild(client: KubeClient, kind: DesiredObject['kind'], namespace: string, name: string) {
  const object = await find(client.get(CHILD_KINDS[kind].resource, {namespace, name}));
  return object === 'not-there' || object === 'forbidden' ? object : cacheChild(kind, object);
}

/** The credential as the ServiceMonitor itself tells it, because a person may not be able to read the Secret. */
function liveCredential(tcp: TenantControlPlane, monitor: Child | undefined, config: Config): Credential {
  const endpoints = dig(monitor?.content, 'spec', 'endpoints');
  const secretName = stringAt(Array.isArray(endpoints) ? endpoints[0] : undefined, 'tlsConfig', 'keySecret', 'name');
  const isDedicated =
    secretName === undefined ? config.credential === 'dedicated' : secretName === clientSecretName(tcp.name);
  const credential = isDedicated ? dedicatedCredential(tcp) : kubeletClientCredential(tcp);
  if (monitor === undefined || !isDedicated) return credential;
  const annotations = Object.fromEntries(
    [CREDENTIAL_NOT_AFTER, AUTHORITY_CHECKSUM].flatMap((key) => {
      const value = monitor.annotations[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
  return {...credential, hash: monitor.labels[CREDENTIAL_HASH_LABEL], annotations};
}

/** Undefined where that may not be seen. @throws {ClusterError} */
export async function isSecretThere(client: KubeClient, namespace: string, name: string): Promise<boolean | undefined> {
  const secret = await find(client.getMetadata(SECRETS, {namespace, name}));
  return secret === 'forbidden' ? undefined : secret !== 'not-there';
}

/** Why no certificate was issued, as far as the metadata of the two Secrets tells. */
async function refusalOf(client: KubeClient, tcp: TenantControlPlane): Promise<CredentialRefusal | undefined> {
  const {namespace, uid, authority} = tcp;
  if (authority === undefined) return undefined;
  const secretName = authoritySecretName(tcp.name);
  const ca = await find(client.getMetadata(SECRETS, {namespace, name: secretName}));
  const why =
    distrustOfStatus(authority, secretName) ??
    (ca === 'forbidden'
      ? undefined
      : distrustOfAuthority(ca === 'not-there' ? undefined : ca, {secretName, uid, checksum: authority.checksum}));
  if (why !== undefined) return {code: 'authority-untrusted', secretName, why};
  const own = await find(client.getMetadata(SECRETS, {namespace, name: clientSecretName(tcp.name)}));
  if (typeof own === 'string' || isOurSecret(own, uid)) return undefined;
  return {code: 'secret-foreign', secretName: clientSecretName(tcp.name)};
}

import {createPublicKey} from 'node:crypto';
import {mkdir, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {join} from 'node:path';
import {stringify} from 'yaml';
import {type Api, connectApi} from './api.ts';
import {type Component, startComponent} from './component.ts';
import type {CertificateAuthority, KeyPair} from './pki.ts';

export interface EtcdOptions {
  readonly address: string;
  readonly folder: string;
}

export interface ControlPlaneOptions {
  readonly address: string;
  /** Of kube-apiserver. */
  readonly port: number;
  /** For certificates, keys, kubeconfigs and logs; made when missing. */
  readonly folder: string;
  readonly authority: CertificateAuthority;
  readonly etcd: string;
  readonly etcdPrefix: string;
  readonly serviceRange: string;
  /** Names in the serving certificate beside the address. */
  readonly dnsNames?: readonly string[];
  readonly apiServerFlags?: readonly string[];
  /** The same for all replicas of one control plane. */
  readonly signingKey: string;
}

/** A kube-apiserver and what is needed to run the other components beside it. */
export interface ControlPlane {
  readonly server: string;
  readonly folder: string;
  /** The CA's certificate and a client certificate of `system:masters`. */
  readonly adminIdentity: {readonly ca: string; readonly user: KeyPair};
  readonly admin: Api;
  readonly apiServer: Component;
  /** Starts kube-apiserver again after it was stopped. */
  restartApiServer(): Promise<Component>;
  startControllerManager(flags?: readonly string[]): Promise<Component>;
  startScheduler(flags?: readonly string[]): Promise<Component>;
  /** A kubeconfig file for an identity of this control plane. */
  writeKubeconfig(name: string, user: KeyPair | {readonly token: string}): Promise<string>;
}

export function binary(name: string): string {
  const folder = process.env.KAMAJI_MONITORING_TOOLCHAIN;
  if (folder === undefined)
    throw new Error('KAMAJI_MONITORING_TOOLCHAIN is not set: run this with `npm test` or `npm run demo`');
  return join(folder, name);
}

export async function startEtcd({
  address,
  folder,
}: EtcdOptions): Promise<{readonly url: string; readonly component: Component}> {
  await mkdir(folder, {recursive: true});
  const url = `http://${address}:2379`;
  const peer = `http://${address}:2380`;
  const component = await startComponent({
    name: 'etcd',
    command: binary('etcd'),
    args: [
      `--data-dir=${join(folder, 'data')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    folder,
    ready: () => responds(`${url}/readyz`),
  });
  return {url, component};
}

export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const {address, port, folder, authority, dnsNames = []} = options;
  await mkdir(folder, {recursive: true});
  const server = `https://${address}:${port}`;
  const serving = await authority.issue({
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost', 'kubernetes.default.svc', ...dnsNames],
    ipAddresses: [address, '127.0.0.1'],
  });
  await writeFile(join(folder, 'ca.crt'), authority.certificate);
  await writeFile(join(folder, 'ca.key'), authority.privateKey);
  await writeFile(join(folder, 'apiserver.crt'), serving.certificate);
  await writeFile(join(folder, 'apiserver.key'), serving.privateKey);
  await writeFile(join(folder, 'sa.key'), options.signingKey);
  await writeFile(join(folder, 'sa.pub'), createPublicKey(options.signingKey).export({format: 'pem', type: 'spki'}));

  const adminUser = await authority.issue({
    commonName: 'kubernetes-admin',
    organizations: ['system:masters'],
    usage: 'client',
  });
  const admin = connectApi({server, ca: authority.certificate, ...adminUser});
  let apiServer = await startApiServer();

  return {
    server,
    folder,
    admin,
    adminIdentity: {ca: authority.certificate, user: adminUser},
    get apiServer() {
      return apiServer;
    },
    async restartApiServer() {
      apiServer = await startApiServer();
      return apiServer;
    },
    async startControllerManager(flags = []) {
      const kubeconfig = await componentKubeconfig('system:kube-controller-manager');
      return startBeside('kube-controller-manager', 10_257, [
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        `--client-ca-file=${join(folder, 'ca.crt')}`,
        `--root-ca-file=${join(folder, 'ca.crt')}`,
        `--service-account-private-key-file=${join(folder, 'sa.key')}`,
        '--use-service-account-credentials=true',
        // The Node of our Pods has no kubelet: these three would evict them.
        '--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-pod-garbage-collector-controller',
        ...flags,
      ]);
    },
    async startScheduler(flags = []) {
      const kubeconfig = await componentKubeconfig('system:kube-scheduler');
      const access = [
        `--kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
      ];
      return startBeside('kube-scheduler', 10_259, [...access, ...flags]);
    },
    writeKubeconfig,
  };

  function startApiServer(): Promise<Component> {
    return startComponent({
      name: 'kube-apiserver',
      command: binary('kube-apiserver'),
      args: apiServerArgs(options),
      folder,
      ready: async () => (await admin.text('/readyz').catch(() => '')) === 'ok',
    });
  }

  function startBeside(name: string, healthPort: number, flags: readonly string[]): Promise<Component> {
    const args = [`--bind-address=${address}`, '--leader-elect=false', ...flags];
    return startComponent({
      name,
      command: binary(name),
      args,
      folder,
      ready: () => listens(`https://${address}:${healthPort}/healthz`),
    });
  }

  async function componentKubeconfig(user: string): Promise<string> {
    return writeKubeconfig(user.replace('system:', ''), await authority.issue({commonName: user, usage: 'client'}));
  }

  async function writeKubeconfig(name: string, user: KeyPair | {readonly token: string}): Promise<string> {
    const file = join(folder, `${name}.kubeconfig`);
    await writeFile(file, kubeconfigYaml(server, authority.certificate, user), {mode: 0o600});
    return file;
  }
}

export function kubeconfigYaml(server: string, ca: string, user: KeyPair | {readonly token: string}): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const identity =
    'token' in user
      ? {token: user.token}
      : {'client-certificate-data': base64(user.certificate), 'client-key-data': base64(user.privateKey)};
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{name: 'test', cluster: {server, 'certificate-authority-data': base64(ca)}}],
    users: [{name: 'test', user: identity}],
    contexts: [{name: 'test', context: {cluster: 'test', user: 'test'}}],
    'current-context': 'test',
  });
}

function apiServerArgs(options: ControlPlaneOptions): readonly string[] {
  const {address, port, folder, etcd, etcdPrefix, serviceRange, apiServerFlags = []} = options;
  const file = (name: string) => join(folder, name);
  return [
    `--etcd-servers=${etcd}`,
    `--etcd-prefix=${etcdPrefix}`,
    `--bind-address=${address}`,
    `--advertise-address=${address}`,
    `--secure-port=${port}`,
    `--tls-cert-file=${file('apiserver.crt')}`,
    `--tls-private-key-file=${file('apiserver.key')}`,
    `--client-ca-file=${file('ca.crt')}`,
    `--service-account-key-file=${file('sa.pub')}`,
    `--service-account-signing-key-file=${file('sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-cluster-ip-range=${serviceRange}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    ...apiServerFlags,
  ];
}

async function responds(url: string): Promise<boolean> {
  const response = await fetch(url).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok === true;
}

/** Whether somebody answers, whatever the answer. */
async function listens(url: string): Promise<boolean> {
  const {hostname, port} = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({host: hostname, port: Number(port)});
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

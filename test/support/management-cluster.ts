import {mkdtemp, readdir, readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {dig, stringAt} from '../../src/json.ts';
import {type AddressRange, claimAddresses} from './addresses.ts';
import type {Api} from './api.ts';
import type {Component} from './component.ts';
import {binary, type ControlPlane, startControlPlane, startEtcd} from './control-plane.ts';
import {createAuthority, createSigningKey} from './pki.ts';
import {waitFor} from './wait.ts';

export interface ManagementClusterOptions {
  /** Starts kube-controller-manager: EndpointSlices, garbage collection, namespaces that end. */
  readonly controllers?: boolean;
  readonly scheduler?: boolean;
  readonly apiServerFlags?: readonly string[];
}

/** A cluster of real parts with Kamaji's and prometheus-operator's CRDs, and no node. */
export interface ManagementCluster {
  readonly api: Api;
  readonly controlPlane: ControlPlane;
  /** The URL of etcd; tenants have their own prefix in it, as with Kamaji. */
  readonly etcd: string;
  /** More addresses, for tenants and webhooks. */
  readonly addresses: AddressRange;
  /** For files of the test; gone with the sandbox. */
  readonly folder: string;
  createNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** A kubeconfig file with a token of the ServiceAccount. */
  serviceAccountKubeconfig(namespace: string, name: string): Promise<string>;
  /** Runs with the cluster and is stopped before it. */
  add(component: Component): Component;
  stop(): Promise<void>;
}

export async function startManagementCluster(options: ManagementClusterOptions = {}): Promise<ManagementCluster> {
  const {controllers = false, scheduler = false, apiServerFlags = []} = options;
  const addresses = claimAddresses();
  const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
  const address = addresses.next();
  const [authority, signingKey, etcd] = await Promise.all([
    createAuthority('kubernetes', 'ec'),
    createSigningKey(),
    startEtcd({address, folder: join(folder, 'etcd')}),
  ]);
  const controlPlane = await startControlPlane({
    address,
    port: 6443,
    folder: join(folder, 'control-plane'),
    authority,
    etcd: etcd.url,
    etcdPrefix: '/registry',
    serviceRange: '10.96.0.0/16',
    signingKey,
    // Calls to a webhook's Service go straight to its endpoints: there is no kube-proxy here.
    apiServerFlags: ['--enable-aggregator-routing=true', ...apiServerFlags],
  });
  const api = controlPlane.admin;
  const beside: Component[] = [];
  if (controllers) beside.push(await controlPlane.startControllerManager());
  if (scheduler) beside.push(await controlPlane.startScheduler());
  await installCrds(api, await crdFiles());

  return {
    api,
    controlPlane,
    etcd: etcd.url,
    addresses,
    folder,
    async createNamespace(name, labels = {}) {
      await api.create('/api/v1/namespaces', {metadata: {name, labels}});
    },
    async serviceAccountKubeconfig(namespace, name) {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      const token = stringAt(await api.create(path, {spec: {expirationSeconds: 3600}}), 'status', 'token') ?? '';
      return controlPlane.writeKubeconfig(`${namespace}-${name}`, {token});
    },
    add(component) {
      beside.unshift(component);
      return component;
    },
    // Without etcd kube-apiserver does not end for minutes, so it goes first.
    async stop() {
      await Promise.all(beside.map((component) => component.stop()));
      await api.close();
      await controlPlane.apiServer.kill('SIGKILL');
      await etcd.component.kill('SIGKILL');
    },
  };
}

async function crdFiles(): Promise<readonly string[]> {
  const kamaji = binary('crds/kamaji');
  const files = (await readdir(kamaji)).map((name) => join(kamaji, name));
  return [...files, binary('crds/prometheus-operator/monitoring.coreos.com_servicemonitors.yaml')];
}

/** Installs CRDs and waits until the API server serves them. */
export async function installCrds(api: Api, files: readonly string[]): Promise<void> {
  await Promise.all(
    files.map(async (file) => {
      // As text: Go reads Kamaji's file, YAML 1.2 parsers refuse the indentation of some of its quoted texts.
      const yaml = await readFile(file, 'utf8');
      const name = /^ {2}name: (\S+)$/m.exec(yaml)?.[1];
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
      await api.apply(path, yaml);
      await waitFor(`${path} to be established`, async () => isEstablished(await api.get(path)), {timeoutMs: 60_000});
    }),
  );
}

function isEstablished(crd: unknown): boolean {
  const conditions = dig(crd, 'status', 'conditions');
  return (
    Array.isArray(conditions) &&
    conditions.some((condition) => dig(condition, 'type') === 'Established' && dig(condition, 'status') === 'True')
  );
}

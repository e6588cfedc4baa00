import {createHash} from 'node:crypto';
import {stringAt} from '../../src/json.ts';
import {parseTenantControlPlane} from '../../src/tenant-control-plane.ts';
import type {Api} from './api.ts';
import {type CertificateAuthority, createAuthority, type KeyPair} from './pki.ts';

/** What Kamaji puts into the subject of the certificate that its guide names: none from 26.5.5-edge on, the others before. */
export type ClientGroup = 'none' | 'kubeadm:cluster-admins' | 'system:masters';

export interface KamajiOptions {
  readonly namespace: string;
  readonly name: string;
  /** The tenant's CA; one of its own when the tenant does not run. */
  readonly authority?: CertificateAuthority;
  readonly clientGroup?: ClientGroup;
}

/**
 * Plays Kamaji's part on one TenantControlPlane: the same objects and fields in the same order (captured objects are the
 * model), each step on its own so that a test can hold one back.
 */
export interface Kamaji {
  /** Service `<tcp>` and the status that names it. */
  provideService(): Promise<void>;
  /** Secret `<tcp>-ca` and its checksum; with another authority it is a rotation. */
  provideAuthority(replacement?: CertificateAuthority): Promise<void>;
  /** The Secret of the client certificate and its checksum; called again it is a rotation. */
  provideClientCertificate(): Promise<KeyPair>;
  setStatus(status: 'Provisioning' | 'NotReady' | 'Ready' | 'Sleeping', readyReplicas?: number): Promise<void>;
  /** All of it, from creation to Ready. */
  provideAll(readyReplicas?: number): Promise<KeyPair>;
}

export async function playKamaji(api: Api, options: KamajiOptions): Promise<Kamaji> {
  const {namespace, name, clientGroup = 'kubeadm:cluster-admins'} = options;
  let authority = options.authority ?? (await createAuthority('kubernetes', 'rsa'));
  const path = `/apis/kamaji.clastix.io/v1alpha1/namespaces/${namespace}/tenantcontrolplanes/${name}`;
  const tcp = await api.get(path);
  const port = parseTenantControlPlane(tcp).port;

  const kamaji: Kamaji = {
    async provideService() {
      const service = await api.create(`/api/v1/namespaces/${namespace}/services`, {
        metadata: metadata(name, 'service'),
        spec: {
          selector: {'kamaji.clastix.io/name': name},
          ports: [{name: 'kube-apiserver', port, protocol: 'TCP', targetPort: port}],
          type: 'ClusterIP',
        },
      });
      await patchStatus({
        controlPlaneEndpoint: `${stringAt(service, 'spec', 'clusterIP')}:${port}`,
        kubernetesResources: {
          service: {name, namespace, port, loadBalancer: {}},
          version: {status: 'Provisioning', version: 'v1.30.2'},
        },
      });
    },
    async provideAuthority(replacement = authority) {
      authority = replacement;
      const {certificate, privateKey} = authority;
      const data = {'ca.crt': certificate, 'ca.key': privateKey, 'tls.crt': certificate, 'tls.key': privateKey};
      await writeSecret(`${name}-ca`, 'ca', data, 'ca');
    },
    async provideClientCertificate() {
      const pair = await authority.issue({
        commonName: 'kube-apiserver-kubelet-client',
        organizations: clientGroup === 'none' ? [] : [clientGroup],
        usage: 'client',
      });
      const data = {'apiserver-kubelet-client.crt': pair.certificate, 'apiserver-kubelet-client.key': pair.privateKey};
      await writeSecret(
        `${name}-api-server-kubelet-client-certificate`,
        'api-server-kubelet-client-certificate',
        data,
        'apiServerKubeletClient',
      );
      return pair;
    },
    async setStatus(status, readyReplicas = 0) {
      const replicas =
        readyReplicas > 0 ? {replicas: readyReplicas, readyReplicas, availableReplicas: readyReplicas} : {};
      await patchStatus({
        kubernetesResources: {
          deployment: {name, namespace, selector: `kamaji.clastix.io/name=${name}`, lastUpdate: now(), ...replicas},
          version: {status, version: 'v1.30.2'},
        },
      });
    },
    async provideAll(readyReplicas = 1) {
      await kamaji.provideService();
      await kamaji.provideAuthority();
      const pair = await kamaji.provideClientCertificate();
      await kamaji.setStatus('NotReady');
      await kamaji.setStatus('Ready', readyReplicas);
      return pair;
    },
  };
  return kamaji;

  function metadata(objectName: string, component: string, labels: object = {}, extra: object = {}): object {
    return {
      name: objectName,
      namespace,
      labels: {
        'kamaji.clastix.io/project': 'kamaji',
        'kamaji.clastix.io/name': name,
        'kamaji.clastix.io/component': component,
        ...labels,
      },
      ownerReferences: [
        {
          apiVersion: 'kamaji.clastix.io/v1alpha1',
          kind: 'TenantControlPlane',
          name,
          uid: stringAt(tcp, 'metadata', 'uid'),
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      ...extra,
    };
  }

  async function writeSecret(
    secretName: string,
    component: string,
    data: Readonly<Record<string, string>>,
    statusField: 'ca' | 'apiServerKubeletClient',
  ): Promise<void> {
    const checksum = checksumOf(data);
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    const rotated = component === 'ca' ? {} : {'kamaji.clastix.io/certificate_lifecycle_controller': 'x509'};
    const secret = {
      metadata: metadata(secretName, component, rotated, {annotations: {'kamaji.clastix.io/checksum': checksum}}),
      type: 'Opaque',
      stringData: data,
    };
    if ((await api.find(`${secrets}/${secretName}`)) === undefined) await api.create(secrets, secret);
    else await api.replace(`${secrets}/${secretName}`, secret);
    await patchStatus({certificates: {[statusField]: {checksum, lastUpdate: now(), secretName}}});
  }

  async function patchStatus(status: object): Promise<void> {
    await api.mergePatch(`${path}/status`, {status});
  }
}

/** Kamaji's checksum of a Secret: MD5 of the values in the order of their keys (its `CalculateMapChecksum`). */
export function checksumOf(data: Readonly<Record<string, string>>): string {
  const values = Object.keys(data)
    .sort()
    .map((key) => data[key]);
  return createHash('md5').update(values.join('')).digest('hex');
}

/** As Go writes times into objects: no fractions of seconds. */
function now(): string {
  return new Date().toISOString().replace(/\.\d+/, '');
}

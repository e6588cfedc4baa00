import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {parse} from 'yaml';
import {isObject, stringAt} from '../../src/json.ts';
import {type Component, startComponent} from './component.ts';
import {binary} from './control-plane.ts';
import {installCrds, type ManagementCluster} from './management-cluster.ts';

/** Where kube-prometheus-stack of Kamaji's guide runs. */
export const MONITORING_NAMESPACE = 'monitoring-system';
const OPERATOR = 'prometheus-operator';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** The CRDs and the namespace, the operator's own rights, and the operator with nothing but these. */
export async function startPrometheusOperator(
  cluster: ManagementCluster,
  flags: readonly string[] = [],
): Promise<Component> {
  const {api} = cluster;
  const crds = binary('crds/prometheus-operator');
  await installCrds(
    api,
    (await readdir(crds)).map((name) => join(crds, name)),
  );
  if ((await api.find(`/api/v1/namespaces/${MONITORING_NAMESPACE}`)) === undefined) {
    await cluster.createNamespace(MONITORING_NAMESPACE);
    const role: unknown = parse(
      await readFile(binary(`rbac/prometheus-operator/${OPERATOR}-cluster-role.yaml`), 'utf8'),
    );
    await api.create(`${RBAC}/clusterroles`, isObject(role) ? role : {});
    await bindClusterRole(cluster, OPERATOR, stringAt(role, 'metadata', 'name') ?? '');
  }
  return run(cluster, flags);
}

/** A ServiceAccount of the monitoring namespace with a ClusterRole. */
export async function bindClusterRole(
  {api}: ManagementCluster,
  serviceAccount: string,
  clusterRole: string,
): Promise<void> {
  await api.create(`/api/v1/namespaces/${MONITORING_NAMESPACE}/serviceaccounts`, {metadata: {name: serviceAccount}});
  await api.create(`${RBAC}/clusterrolebindings`, {
    metadata: {name: `${serviceAccount}-test`},
    roleRef: {apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: clusterRole},
    subjects: [{kind: 'ServiceAccount', name: serviceAccount, namespace: MONITORING_NAMESPACE}],
  });
}

async function run(cluster: ManagementCluster, flags: readonly string[]): Promise<Component> {
  const {controlPlane, folder} = cluster;
  const {user} = controlPlane.adminIdentity;
  const listen = `${cluster.addresses.next()}:8080`;
  const file = (name: string) => join(folder, name);
  await writeFile(file('operator.crt'), user.certificate);
  await writeFile(file('operator.key'), user.privateKey);
  const component = await startComponent({
    name: OPERATOR,
    command: binary(OPERATOR),
    args: [
      `--apiserver=${controlPlane.server}`,
      `--ca-file=${join(controlPlane.folder, 'ca.crt')}`,
      `--cert-file=${file('operator.crt')}`,
      `--key-file=${file('operator.key')}`,
      `--as=system:serviceaccount:${MONITORING_NAMESPACE}:${OPERATOR}`,
      `--web.listen-address=${listen}`,
      '--kubelet-endpoints=false',
      '--secret-field-selector=type!=kubernetes.io/dockercfg,type!=kubernetes.io/service-account-token,type!=helm.sh/release.v1',
      ...flags,
    ],
    folder,
    ready: async () => {
      const response = await fetch(`http://${listen}/metrics`).catch(() => undefined);
      return ((await response?.text()) ?? '').includes('prometheus_operator_ready{controller="prometheus"} 1');
    },
  });
  return cluster.add(component);
}

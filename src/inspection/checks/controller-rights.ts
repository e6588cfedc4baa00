import type {Right} from '../rights.ts';

const READ = ['list', 'watch'];
const KEEP = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

/** What the controller needs on the whole cluster; a test holds it against manifests/rbac.yaml. */
export const CONTROLLER_RIGHTS: readonly Right[] = [
  ...rights('kamaji.clastix.io', ['tenantcontrolplanes'], READ),
  ...rights('', ['namespaces'], READ),
  ...rights('monitoring.coreos.com', ['prometheuses', 'prometheusagents'], READ),
  ...rights('', ['services'], KEEP),
  ...rights('monitoring.coreos.com', ['servicemonitors'], KEEP),
  ...rights('rbac.authorization.k8s.io', ['rolebindings'], KEEP),
  ...rights('rbac.authorization.k8s.io', ['roles'], [...KEEP, 'escalate', 'bind']),
  ...rights('', ['secrets'], ['create']),
  ...rights('events.k8s.io', ['events'], ['create']),
];

/** What it must not have: the first of them is a right to read every Secret. */
export const DANGEROUS_RIGHTS: readonly Right[] = rights('', ['secrets'], ['get', 'list', 'watch', 'patch']);

function rights(group: string, resources: readonly string[], verbs: readonly string[]): readonly Right[] {
  return resources.flatMap((resource) => verbs.map((verb) => ({group, resource, verb})));
}

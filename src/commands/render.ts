import {stringify} from 'yaml';
import {type Config, loadConfig} from '../config.ts';
import type {Credential} from '../credentials/credential.ts';
import {dedicatedCredential} from '../credentials/dedicated.ts';
import {kubeletClientCredential} from '../credentials/kubelet-client.ts';
import {decideEnrollment, describeEnrollment} from '../enrollment.ts';
import {UsageError} from '../errors.ts';
import {stringAt} from '../json.ts';
import {type Manifest, readManifests} from '../manifests.ts';
import {desired} from '../monitoring/desired.ts';
import type {KubernetesObject} from '../monitoring/metadata.ts';
import {ENABLED} from '../names.ts';
import {
  isTenantControlPlane,
  obstacle,
  parseTenantControlPlane,
  type TenantControlPlane,
} from '../tenant-control-plane.ts';
import {type Command, parseFlags} from './command.ts';

const OPTIONS = {
  config: {type: 'string'},
  filename: {type: 'string', short: 'f', multiple: true},
} as const;

/** Prints the objects for the TenantControlPlanes of manifests, without any cluster. */
export const render: Command = async (args, io) => {
  const flags = parseFlags(args, OPTIONS);
  if (flags.filename === undefined) throw new UsageError('render needs -f FILE, a folder, or - for standard input');
  const config = await loadConfig(flags.config);
  const manifests: Manifest[] = [];
  for (const path of flags.filename) manifests.push(...(await readManifests(path, io.stdin)));
  const labels = namespaceLabels(manifests);

  for (const {origin, object} of manifests) {
    const found = select(object, labels, config);
    if ('objects' in found) {
      io.stdout.write(toYaml(found.objects));
      if (found.note !== undefined) io.stderr.write(`${origin}: ${found.note}\n`);
    } else io.stderr.write(`${origin}: ${found.passedOver}\n`);
  }
  return 0;
};

type Selection =
  | {readonly objects: readonly KubernetesObject[]; readonly note: string | undefined}
  | {readonly passedOver: string};

function select(object: unknown, labels: ReadonlyMap<string, string>, config: Config): Selection {
  const kind = stringAt(object, 'kind') ?? 'an object without kind';
  if (!isTenantControlPlane(object)) return {passedOver: `passed over: ${kind} is no TenantControlPlane of Kamaji`};
  const tcp = parseTenantControlPlane(object);
  const name = `TenantControlPlane ${tcp.namespace}/${tcp.name}`;
  const enrollment = decideEnrollment({
    annotation: tcp.enabled,
    namespaceLabel: labels.get(tcp.namespace),
    excluded: config.excludedNamespaces.includes(tcp.namespace),
    policy: config.enrollment,
  });
  if (!enrollment.monitored) return {passedOver: `passed over: ${name}: ${describeEnrollment(enrollment.reason)}`};
  const hindered = tcp.name === '' ? 'it has no metadata.name' : obstacle(tcp);
  if (hindered !== undefined) return {passedOver: `passed over: ${name} cannot be monitored: ${hindered}`};
  const credential = offlineCredential(tcp, config);
  const note =
    config.credential === 'dedicated'
      ? `${name} needs the Secret ${credential.secretName}, which only a running controller issues`
      : undefined;
  return {note, objects: desired(tcp, credential, config)};
}

/** The credential as it will be; nothing issues it here. */
function offlineCredential(tcp: TenantControlPlane, {credential}: Config): Credential {
  switch (credential) {
    case 'kubelet-client':
      return kubeletClientCredential(tcp);
    case 'dedicated':
      return dedicatedCredential(tcp);
  }
}

/** Namespaces that stand in the same input decide as they would in the cluster. */
function namespaceLabels(manifests: readonly Manifest[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const {object} of manifests) {
    const name = stringAt(object, 'metadata', 'name');
    const label = stringAt(object, 'metadata', 'labels', ENABLED);
    if (stringAt(object, 'kind') === 'Namespace' && name !== undefined && label !== undefined) labels.set(name, label);
  }
  return labels;
}

function toYaml(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => `---\n${stringify(object, {lineWidth: 0, aliasDuplicateObjects: false})}`).join('');
}

import {stringify} from 'yaml';
import {type Config, loadConfig} from '../config.ts';
import type {Credential} from '../credentials/credential.ts';
import {dedicatedCredential} from '../credentials/dedicated.ts';
import {kubeletClientCredential} from '../credentials/kubelet-client.ts';
import {decide} from '../decision.ts';
import {describeEnrollment} from '../enrollment.ts';
import {UsageError} from '../errors.ts';
import {desired} from '../monitoring/desired.ts';
import type {KubernetesObject} from '../monitoring/metadata.ts';
import type {TenantControlPlane} from '../tenant-control-plane.ts';
import {type Command, parseFlags} from './command.ts';
import {hindrance, passedOver, readInputs, type Subject, titleOf} from './subject.ts';

const OPTIONS = {
  config: {type: 'string'},
  filename: {type: 'string', short: 'f', multiple: true},
} as const;

/** Prints the objects for the TenantControlPlanes of manifests, without any cluster. */
export const render: Command = async (args, io) => {
  const flags = parseFlags(args, OPTIONS);
  if (flags.filename === undefined) throw new UsageError('render needs -f FILE, a folder, or - for standard input');
  const config = await loadConfig(flags.config);
  for (const input of await readInputs(flags.filename, io.stdin)) {
    if (input.type === 'other') {
      io.stderr.write(passedOver(input.origin, input.kind));
      continue;
    }
    const found = select(input.subject, config);
    if ('objects' in found) {
      io.stdout.write(toYaml(found.objects));
      if (found.note !== undefined) io.stderr.write(`${input.origin}: ${found.note}\n`);
    } else io.stderr.write(`${input.origin}: ${found.passedOver}\n`);
  }
  return 0;
};

type Selection =
  | {readonly objects: readonly KubernetesObject[]; readonly note: string | undefined}
  | {readonly passedOver: string};

function select(subject: Subject, config: Config): Selection {
  const {tcp} = subject;
  const name = titleOf(tcp);
  const enrollment = decide(tcp, subject.namespace?.label, config);
  if (!enrollment.monitored) return {passedOver: `passed over: ${name}: ${describeEnrollment(enrollment.reason)}`};
  const hindered = hindrance(tcp);
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

function toYaml(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => `---\n${stringify(object, {lineWidth: 0, aliasDuplicateObjects: false})}`).join('');
}

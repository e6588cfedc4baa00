import {mkdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {issueServingCertificate} from '../certificates/issue.ts';
import {PRODUCT_NAMESPACE, WEBHOOK_SERVICE} from '../names.ts';
import {type Command, parseFlags} from './command.ts';

const FOLDER = 'certs';
const DAYS = 90;

/** Writes development certificates for the webhook into ./certs. */
export const certs: Command = async (args, io) => {
  parseFlags(args, {});
  const service = `${WEBHOOK_SERVICE}.${PRODUCT_NAMESPACE}`;
  const issued = await issueServingCertificate({
    dnsNames: [`${service}.svc`, `${service}.svc.cluster.local`, WEBHOOK_SERVICE, service, 'localhost'],
    ipAddresses: ['127.0.0.1', '::1'],
    now: io.now(),
    days: DAYS,
  });
  await mkdir(FOLDER, {recursive: true});
  await replaceFile('ca.crt', issued.ca, 0o644);
  await replaceFile('tls.crt', issued.certificate, 0o644);
  await replaceFile('tls.key', issued.privateKey, 0o600);
  io.stdout.write(
    `${FOLDER}/ca.crt   the CA: its base64 is the caBundle of a webhook configuration\n` +
      `${FOLDER}/tls.crt  for --tls-cert-file: ${service}.svc, localhost, 127.0.0.1; ${DAYS} days\n` +
      `${FOLDER}/tls.key  for --tls-key-file\n`,
  );
  return 0;
};

async function replaceFile(name: string, content: string, mode: number): Promise<void> {
  const temporary = join(FOLDER, `.${name}.${process.pid}`);
  await writeFile(temporary, content, {mode});
  await rename(temporary, join(FOLDER, name));
}

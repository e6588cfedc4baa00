import type {CredentialRefusal} from '../../../src/credentials/credential.ts';
import {ago, type Change, credential, objects} from '../../support/evidence.ts';
import type {Case} from './case.ts';

const DAY = 86_400;

/** There is no certificate, so there is no ServiceMonitor either. */
function refused(refusal: CredentialRefusal): readonly Change[] {
  return [
    credential({refusal, notAfter: undefined, authorityChecksum: undefined}),
    objects({missing: [{kind: 'ServiceMonitor', name: 'x'}], monitor: undefined}),
  ];
}

export const CREDENTIAL: readonly Case[] = [
  [
    'a CA that Kamaji did not make',
    refused({code: 'authority-untrusted', secretName: 'alpha-ca', why: 'the CA Secret alpha-ca is not there'}),
    ['authority-untrusted'],
    /^no certificate is issued: the CA Secret alpha-ca is not there$/,
  ],
  [
    'a Secret of that name that is not ours',
    refused({code: 'secret-foreign', secretName: 'alpha-monitoring-client'}),
    ['secret-foreign'],
    /a Secret alpha-monitoring-client that is not ours/,
  ],
  ['the controller may not read the Secrets', refused({code: 'rights-missing'}), ['issuer-rights-missing']],
  ['the CA was rotated', [credential({authorityChecksum: 'another'})], ['credential-of-old-authority']],
  ['the certificate ends in a week', [credential({notAfter: ago(-7 * DAY)})], []],
  [
    'the certificate ends in less than a week',
    [credential({notAfter: ago(-7 * DAY + 1)})],
    ['credential-expiring'],
    /ends at 2026-11-30T17:59:59\.000Z/,
  ],
  ['the certificate ends now', [credential({notAfter: ago(0)})], ['credential-expired'], /2026-11-23T18:00:00\.000Z/],
  [
    'an old CA and an ended certificate: the CA is why',
    [credential({authorityChecksum: 'another', notAfter: ago(DAY)})],
    ['credential-of-old-authority'],
  ],
  ['nothing is known of the certificate', [credential({notAfter: undefined, authorityChecksum: undefined})], []],
];

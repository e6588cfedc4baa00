import {api, asItIs, type Cases, finds, isOk, isUnknown, type Turn} from '../../../support/check.ts';
import {ago} from '../../../support/evidence.ts';
import {answer} from '../../../support/fake-cluster.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1';

function version(major: string, minor: string, gitVersion = `v${major}.${minor}.0`): Turn {
  return api(({answers}) => answers.set('/version', answer({major, minor, gitVersion})));
}

function clock(at: Date | undefined): Turn {
  return api(({answers}) => answers.set('/version', answer({}, 200, at)));
}

function served(...names: readonly string[]): Turn {
  const resources = names.map((name) => ({name}));
  return api(({answers}) => answers.set(POLICIES, answer({resources})));
}

function refusing(path: string, status: number): Turn {
  return api(({answers}) => answers.set(path, answer({}, status)));
}

export const KUBERNETES: Cases = {
  'the API server answers and is new enough': [
    ['it is 1.36', asItIs, isOk('v1.36.3')],
    ['it is 1.30', version('1', '30'), isOk('v1.30.0')],
    ['it is 1.29', version('1', '29'), finds('api-server-too-old', /the API server is v1\.29\.0;/)],
    ['it is 1.9', version('1', '9'), finds('api-server-too-old')],
    ['it is 1.29+ of a cloud', version('1', '29+', 'v1.29.4-gke.1'), finds('api-server-too-old', /v1\.29\.4-gke\.1/)],
    ['it is 2.0', version('2', '0'), isOk('v2.0.0')],
    ['it does not say', version('', '', 'v?'), isOk('v?')],
    ['it may not be asked', refusing('/version', 403), isUnknown('GET /version answers 403')],
  ],
  'admission policies are served': [
    ['both are', asItIs, isOk('both kinds')],
    [
      'the mutating ones are not',
      served('validatingadmissionpolicies', 'mutatingwebhookconfigurations'),
      finds('admission-policies-missing', /does not serve mutatingadmissionpolicies \(/),
    ],
    [
      'none are',
      served(),
      finds('admission-policies-missing', /validatingadmissionpolicies and mutatingadmissionpolicies/),
    ],
    ['it may not be asked', refusing(POLICIES, 403), isUnknown(`GET ${POLICIES} answers 403`)],
  ],
  'the clocks agree': [
    ['they do', asItIs, isOk('within 1 s')],
    ['by less than five minutes', clock(ago(299)), isOk('within 299 s')],
    ['by five minutes', clock(ago(300)), finds('clocks-differ', /differ by 300 s/)],
    ['the API server is ahead', clock(ago(-301)), finds('clocks-differ', /differ by 301 s/)],
    ['it does not say its time', clock(undefined), isUnknown('the API server does not say its time')],
  ],
};

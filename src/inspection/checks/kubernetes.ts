import {installationFinding} from '../../diagnosis/installation.ts';
import {dig, stringAt} from '../../json.ts';
import {ask} from '../reading.ts';
import {type Check, found, ok, unknown} from './check.ts';

const OLDEST_MINOR = 30;
/** As much as our certificates are dated back. */
const SKEW_MS = 300_000;
const POLICIES = ['validatingadmissionpolicies', 'mutatingadmissionpolicies'] as const;

export const KUBERNETES_CHECKS: readonly Check[] = [
  {
    category: 'kubernetes',
    title: 'the API server answers and is new enough',
    async run({client}) {
      const {status, text} = await ask(client, '/version');
      if (status !== 200) return unknown(`GET /version answers ${status}`);
      const body: unknown = JSON.parse(text);
      const version = stringAt(body, 'gitVersion') ?? 'of an unknown version';
      const number = (part: string) => Number.parseInt(stringAt(body, part) ?? '', 10);
      const isOld = number('major') === 1 && number('minor') < OLDEST_MINOR;
      return found(isOld ? [installationFinding('api-server-too-old', {version})] : [], version);
    },
  },
  {
    category: 'kubernetes',
    title: 'admission policies are served',
    async run({client}) {
      const {status, text} = await ask(client, '/apis/admissionregistration.k8s.io/v1');
      if (status !== 200) return unknown(`GET /apis/admissionregistration.k8s.io/v1 answers ${status}`);
      const resources = dig(JSON.parse(text), 'resources');
      const names = Array.isArray(resources) ? resources.map((resource) => stringAt(resource, 'name')) : [];
      const missing = POLICIES.filter((policy) => !names.includes(policy));
      const kinds = missing.join(' and ');
      return found(
        missing.length > 0 ? [installationFinding('admission-policies-missing', {kinds})] : [],
        'both kinds',
      );
    },
  },
  {
    category: 'kubernetes',
    title: 'the clocks agree',
    async run({client, now}) {
      const {date} = await ask(client, '/version');
      if (date === undefined) return unknown('the API server does not say its time');
      const skewMs = Math.abs(date.getTime() - now.getTime());
      const seconds = (skewMs / 1000).toFixed(0);
      if (skewMs >= SKEW_MS) return found([installationFinding('clocks-differ', {seconds})], '');
      return ok(`within ${Math.max(1, Math.ceil(skewMs / 1000))} s`);
    },
  },
];

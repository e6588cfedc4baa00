import {installationFinding} from '../../diagnosis/installation.ts';
import {dig, isObject, stringAt} from '../../json.ts';
import type {Resource} from '../../kube/resource.ts';
import {CONTROLLER_SERVICE_ACCOUNT, PRODUCT, PRODUCT_NAMESPACE} from '../../names.ts';
import {find} from '../reading.ts';
import {isAllowed, type Right} from '../rights.ts';
import {type Check, found, unknown} from './check.ts';
import {CONTROLLER_RIGHTS, DANGEROUS_RIGHTS} from './controller-rights.ts';

export const SERVICE_ACCOUNTS: Resource = {group: '', version: 'v1', plural: 'serviceaccounts', kind: 'ServiceAccount'};
const WEBHOOKS: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
};
const POLICIES: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingadmissionpolicies',
  kind: 'MutatingAdmissionPolicy',
};
const CONTROLLER = {namespace: PRODUCT_NAMESPACE, name: CONTROLLER_SERVICE_ACCOUNT};
const ACCOUNT = `${CONTROLLER.namespace}/${CONTROLLER.name}`;

export const INSTALLATION_CHECKS: readonly Check[] = [
  {
    category: 'installation',
    title: 'the controller is installed',
    async run({client}) {
      const account = await find(client.getMetadata(SERVICE_ACCOUNTS, CONTROLLER));
      if (account === 'forbidden') return unknown(`you may not see ServiceAccounts in ${CONTROLLER.namespace}`);
      const missing = account === 'not-there';
      return found(
        missing ? [installationFinding('controller-account-missing', {account: ACCOUNT})] : [],
        `ServiceAccount ${ACCOUNT}`,
      );
    },
  },
  {
    category: 'installation',
    title: 'the controller has its rights',
    async run({client}) {
      const answers = await Promise.all(
        CONTROLLER_RIGHTS.map(async (right) => ({right, allowed: await isAllowed(client, CONTROLLER, right)})),
      );
      if (answers.some(({allowed}) => allowed === undefined)) return unknown('you may not create SubjectAccessReviews');
      const missing = answers.filter(({allowed}) => allowed === false).map(({right}) => right);
      const values = {account: ACCOUNT, rights: describeRights(missing)};
      return found(
        missing.length > 0 ? [installationFinding('controller-rights-missing', values)] : [],
        `all ${answers.length}`,
      );
    },
  },
  {
    category: 'installation',
    title: 'the controller may not read the cluster’s Secrets',
    async run({client}) {
      const answers = await Promise.all(
        DANGEROUS_RIGHTS.map(async (right) => ({right, allowed: await isAllowed(client, CONTROLLER, right)})),
      );
      if (answers.some(({allowed}) => allowed === undefined)) return unknown('you may not create SubjectAccessReviews');
      const excessive = answers.filter(({allowed}) => allowed === true).map(({right}) => right);
      const values = {account: ACCOUNT, rights: describeRights(excessive)};
      return found(
        excessive.length > 0 ? [installationFinding('controller-rights-excessive', values)] : [],
        'none of them',
      );
    },
  },
  {
    category: 'installation',
    title: 'the webhook is registered and cannot hurt',
    async run({client}) {
      const configuration = await find(client.get(WEBHOOKS, {name: PRODUCT}));
      if (configuration === 'forbidden') return unknown('you may not see MutatingWebhookConfigurations');
      const webhooks = dig(configuration, 'webhooks');
      const entries = (Array.isArray(webhooks) ? webhooks : []).filter(isObject);
      if (entries.length === 0) {
        const policy = await find(client.getMetadata(POLICIES, {name: PRODUCT}));
        if (policy === 'forbidden') return unknown('you may not see MutatingAdmissionPolicies');
        return found(
          policy === 'not-there' ? [installationFinding('webhook-missing')] : [],
          'there is none, the MutatingAdmissionPolicy does its work',
        );
      }
      const named = (test: (entry: unknown) => boolean) =>
        entries
          .filter(test)
          .map((entry) => stringAt(entry, 'name') ?? '')
          .join(', ');
      const untrusted = named((entry) => !stringAt(entry, 'clientConfig', 'caBundle'));
      const blocking = named((entry) => stringAt(entry, 'failurePolicy') !== 'Ignore');
      return found(
        [
          ...(untrusted === '' ? [] : [installationFinding('webhook-without-authority', {entries: untrusted})]),
          ...(blocking === '' ? [] : [installationFinding('webhook-blocks', {entries: blocking})]),
        ],
        `${entries.length} entries`,
      );
    },
  },
];

/** `list, watch services; create secrets`. */
function describeRights(rights: readonly Right[]): string {
  const byResource = Map.groupBy(rights, ({group, resource}) => (group === '' ? resource : `${resource}.${group}`));
  return [...byResource].map(([resource, verbs]) => `${verbs.map(({verb}) => verb).join(', ')} ${resource}`).join('; ');
}

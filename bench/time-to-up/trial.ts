import {setTimeout as sleep} from 'node:timers/promises';
import type {Api} from '../../test/support/api.ts';
import {type ClientGroup, playKamaji} from '../../test/support/kamaji.ts';
import {objectsOf} from '../../test/support/monitored.ts';
import type {CertificateAuthority} from '../../test/support/pki.ts';
import {runTenantPods} from '../../test/support/pods.ts';
import type {Prometheus} from '../../test/support/prometheus.ts';
import type {Tenant} from '../../test/support/tenant.ts';
import {tenantControlPlane, tenantControlPlanesPath} from '../../test/support/tenant-control-plane.ts';
import {waitFor} from '../../test/support/wait.ts';
import type {Contender} from './contenders.ts';
import {countTargets, type Milestones, reachMilestones} from './milestones.ts';

/** What all trials share. */
export interface Stage {
  readonly api: Api;
  readonly prometheus: Prometheus;
  /** Serves every TenantControlPlane. */
  readonly tenant: Tenant;
  readonly intervalMs: number;
}

/**
 * After a change of its configuration Prometheus looks at what is discovered as seldom as every 7.5 s (discovery/manager.go,
 * `sender`), and takes new targets over every 5 s (scrape/manager.go, `reloader`). After so long at rest it does both at once;
 * otherwise what the trial before left is most of what is measured.
 */
const REST_MS = 20_000;

/** One TenantControlPlane from its creation to `up == 1`, and its removal. */
export async function tryOut(stage: Stage, contender: Contender, name: string): Promise<Milestones> {
  const {api, prometheus, tenant, intervalMs} = stage;
  const {namespace, addresses} = tenant;
  const {annotations, clientGroup} = contender;
  const authority = await prepared(tenant.authority, clientGroup);
  // They run before the clock does, so that starting them hides nothing.
  await runTenantPods(api, namespace, name, addresses);
  await sleep(REST_MS);
  await api.create(tenantControlPlanesPath(namespace), tenantControlPlane(name, {annotations}));
  const kamaji = await playKamaji(api, {namespace, name, authority, clientGroup});
  await kamaji.provideService();
  await contender.before(kamaji);
  const [milestones] = await Promise.all([
    reachMilestones(prometheus, name, intervalMs, () => contender.objects(name)),
    contender.after(kamaji),
  ]);
  await contender.remove(name);
  await clear(stage, name);
  return milestones;
}

/** With Kamaji's client certificate made in advance: an RSA key takes anything up to a second, and both cores with it. */
async function prepared(authority: CertificateAuthority, clientGroup: ClientGroup): Promise<CertificateAuthority> {
  const pair = await authority.issue({
    commonName: 'kube-apiserver-kubelet-client',
    organizations: clientGroup === 'none' ? [] : [clientGroup],
    usage: 'client',
  });
  return {...authority, issue: async () => pair};
}

async function clear({api, prometheus, tenant}: Stage, name: string): Promise<void> {
  const {namespace, addresses} = tenant;
  await api.delete(`${tenantControlPlanesPath(namespace)}/${name}`);
  for (const index of addresses.keys())
    await api.delete(`/api/v1/namespaces/${namespace}/pods/${name}-${index}?gracePeriodSeconds=0`);
  await waitFor(
    `${name} to be forgotten`,
    async () =>
      Object.keys(await objectsOf(api, namespace, name)).length === 0 && (await countTargets(prometheus, name)) === 0,
  );
}

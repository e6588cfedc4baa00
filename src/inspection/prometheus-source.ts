import {CHILD_KINDS} from '../companion/resources.ts';
import {type Config, isHttpUrl} from '../config.ts';
import type {Evidence, PrometheusEvidence} from '../diagnosis/evidence.ts';
import {UsageError} from '../errors.ts';
import type {KubeClient} from '../kube/client.ts';
import {metricsServiceName} from '../names.ts';
import {createPrometheusApi, type PrometheusApi, PrometheusError} from '../prometheus/api.ts';
import type {PrometheusInstance} from '../prometheus/instance.ts';
import {whyUnselected} from '../prometheus/selection.ts';
import {readTargets} from '../prometheus/targets.ts';
import {directTransport, serviceProxyTransport} from '../prometheus/transport.ts';
import {isAsleep} from '../tenant-control-plane.ts';
import type {ClusterReading} from './cluster.ts';
import {locatePrometheus} from './locate-prometheus.ts';
import {listAs} from './reading.ts';

const NOTHING_TO_ASK = 'there is nothing to ask about';

/** Where a person's commands ask for `up`. */
export interface PrometheusSource {
  /**
   * What Prometheus says of each, in the same order. What cannot be asked is said to be not asked, and why.
   *
   * @throws {ClusterError} where the API server cannot be reached or fails
   * @throws {ConfigurationError} where the token of the configuration cannot be read any more
   */
  ask(fleet: readonly Evidence[]): Promise<readonly PrometheusEvidence[]>;
  close(): Promise<void>;
}

export interface SourceQuestion {
  readonly client: KubeClient;
  readonly cluster: ClusterReading;
  readonly config: Config['prometheus'];
  /** Of the command line; it comes before the configuration's. */
  readonly url: string | undefined;
}

/**
 * @throws {UsageError} where the URL of the command line is none
 * @throws {ConfigurationError} where a file of the configuration cannot be read
 */
export async function sourceOf({client, cluster, config, url}: SourceQuestion): Promise<PrometheusSource> {
  if (url !== undefined && !isHttpUrl(url)) {
    throw new UsageError(`--prometheus-url ${url}: expected a URL such as http://127.0.0.1:9090`);
  }
  const chosen = {...config, ...(url !== undefined && {url})};
  return chosen.url === '' ? proxySource(client, cluster) : urlSource(chosen);
}

/** One URL for all. */
async function urlSource(config: Config['prometheus']): Promise<PrometheusSource> {
  const {transport, close} = await directTransport(config);
  const api = createPrometheusApi(transport);
  return {
    ask: (fleet) => askAll(fleet, () => api),
    close,
  };
}

/** Each TenantControlPlane's own Prometheus, through the API server with the rights of the person who asks. */
function proxySource(client: KubeClient, {prometheuses}: ClusterReading): PrometheusSource {
  return {
    async ask(fleet) {
      const instances = new Set(fleet.flatMap((evidence) => instanceToAsk(evidence) ?? []));
      const apis = new Map<PrometheusInstance, PrometheusApi | string>();
      for (const instance of instances) apis.set(instance, await locate(client, instance, prometheuses));
      return askAll(fleet, (evidence) => {
        const instance = instanceToAsk(evidence);
        return instance === undefined ? whyNobody(evidence) : (apis.get(instance) ?? 'it was not looked for');
      });
    },
    async close() {},
  };
}

/** One that is paused takes nothing new but may well scrape what it has. */
function instanceToAsk({selection, objects}: Evidence): PrometheusInstance | undefined {
  if (selection === undefined || objects.monitor === undefined) return undefined;
  const [selecting] = selection.selectedBy;
  if (selecting !== undefined) return selecting;
  const unselected = whyUnselected(selection.instances, selection.namespace, objects.monitor.labels);
  return unselected.why === 'idle' ? unselected.instance : undefined;
}

function whyNobody({selection, objects}: Evidence): string {
  if (objects.monitor === undefined) return NOTHING_TO_ASK;
  return selection === undefined
    ? 'you may not see which Prometheus selects it: give --prometheus-url'
    : 'no Prometheus selects it';
}

async function locate(
  client: KubeClient,
  instance: PrometheusInstance,
  all: readonly PrometheusInstance[],
): Promise<PrometheusApi | string> {
  const {namespace, kind} = instance;
  const services = await listAs(client, CHILD_KINDS.Service.resource, {namespace}, (service) => service);
  if (services.state === 'forbidden')
    return `you may not list Services in the namespace ${namespace}: give --prometheus-url`;
  const neighbours = all.filter((other) => other.namespace === namespace && other.kind === kind);
  const proxy = locatePrometheus(instance, neighbours, services.items);
  return typeof proxy === 'string' ? proxy : createPrometheusApi(serviceProxyTransport(client, proxy));
}

/** Asks each API once, about all that are its. */
async function askAll(
  fleet: readonly Evidence[],
  apiOf: (evidence: Evidence) => PrometheusApi | string,
): Promise<readonly PrometheusEvidence[]> {
  const answers = fleet.map((evidence): PrometheusEvidence => {
    const api = apiOf(evidence);
    return {state: 'not-asked', why: typeof api === 'string' ? api : NOTHING_TO_ASK};
  });
  const askable = fleet.flatMap((evidence, index) => {
    const api = apiOf(evidence);
    const {decision, objects, tcp, discovery} = evidence;
    if (typeof api === 'string' || !decision.monitored || objects.monitor === undefined || isAsleep(tcp)) return [];
    const expected = discovery && Math.max(...Object.values(discovery.endpoints));
    const reference = {
      namespace: tcp.namespace,
      service: metricsServiceName(tcp.name),
      monitor: objects.monitor.name,
      expected: expected || undefined,
    };
    return [{api, index, reference}];
  });
  for (const [api, group] of Map.groupBy(askable, (question) => question.api)) {
    try {
      const readings = await readTargets(
        api,
        group.map(({reference}) => reference),
      );
      for (const [position, {index}] of group.entries()) {
        const reading = readings[position];
        if (reading !== undefined) answers[index] = {state: 'asked', ...reading};
      }
    } catch (error) {
      if (!(error instanceof PrometheusError)) throw error;
      for (const {index} of group) answers[index] = {state: 'not-asked', why: error.message};
    }
  }
  return answers;
}

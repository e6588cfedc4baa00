import {readFile} from 'node:fs/promises';
import {parseDocument} from 'yaml';
import {readers} from './configuration-reader.ts';
import {durationMs} from './duration.ts';
import {ENROLLMENT_POLICIES, type EnrollmentPolicy} from './enrollment.ts';
import {ConfigurationError} from './errors.ts';
import {fillTemplate, isDnsLabel, isDnsSubdomain, isLabelKey, isLabelValue} from './names.ts';

export interface ServiceAccountReference {
  readonly namespace: string;
  readonly name: string;
}

export interface ServiceMonitorConfig {
  /** Template of the ServiceMonitor's name. */
  readonly name: string;
  /** What makes a Prometheus select it. Absent: found from the cluster's Prometheus objects. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Prometheus durations such as `15s`. */
  readonly interval: string;
  readonly scrapeTimeout: string;
  /** The label that tells tenants apart, its value a template. */
  readonly clusterLabel: {readonly name: string; readonly value: string};
  readonly jobs: {
    readonly 'kube-apiserver': string;
    readonly 'kube-controller-manager': string;
    readonly 'kube-scheduler': string;
  };
}

export interface PrometheusConfig {
  /** Of its HTTP API, or of a querier's in front of it; empty: the controller proves nothing. */
  readonly url: string;
  /** Files for requests to it; empty: none. */
  readonly caFile: string;
  readonly bearerTokenFile: string;
  /** Which Prometheus object is meant where several fit; empty: the one that there is. */
  readonly namespace: string;
  readonly name: string;
}

export const CREDENTIAL_MODES = ['dedicated', 'kubelet-client'] as const;
export type CredentialMode = (typeof CREDENTIAL_MODES)[number];

/** The whole configuration, the same for both roles. The webhook reads nothing of it yet but checks it all. */
export interface Config {
  readonly enrollment: EnrollmentPolicy;
  readonly excludedNamespaces: readonly string[];
  readonly credential: CredentialMode;
  /** Who may read the credential. */
  readonly scrapers: readonly ServiceAccountReference[];
  readonly serviceMonitor: ServiceMonitorConfig;
  readonly prometheus: PrometheusConfig;
}

/** Kamaji's guide's: what a kube-prometheus-stack of that name selects. */
export const GUIDE_LABELS: Readonly<Record<string, string>> = {release: 'kube-prometheus-stack'};

export const DEFAULTS: Config = {
  enrollment: 'opt-out',
  excludedNamespaces: ['kube-system', 'kube-node-lease', 'kube-public'],
  credential: 'dedicated',
  scrapers: [{namespace: 'monitoring-system', name: 'kube-prometheus-stack-prometheus'}],
  serviceMonitor: {
    name: 'kube-prometheus-stack-tcp-{name}',
    interval: '15s',
    scrapeTimeout: '10s',
    clusterLabel: {name: 'cluster', value: '{name}'},
    jobs: {
      'kube-apiserver': 'apiserver',
      'kube-controller-manager': 'kube-controller-manager',
      'kube-scheduler': 'kube-scheduler',
    },
  },
  prometheus: {url: '', caFile: '', bearerTokenFile: '', namespace: '', name: ''},
};
const SERVICE_MONITOR_KEYS = [...Object.keys(DEFAULTS.serviceMonitor), 'labels'];

/**
 * Reads and checks the configuration before anything starts; without a file, the defaults.
 *
 * @throws {ConfigurationError} naming the file, the key and the value
 */
export async function loadConfig(file: string | undefined): Promise<Config> {
  if (file === undefined) return DEFAULTS;
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new ConfigurationError(`${file}: cannot be read (${(cause as NodeJS.ErrnoException).code})`, {cause});
  });
  return parseConfig(text, file);
}

/** @throws {ConfigurationError} naming `source`, the key and the value */
export function parseConfig(text: string, source: string): Config {
  const document = parseDocument(text);
  const [syntax] = document.errors;
  if (syntax) throw new ConfigurationError(`${source}: ${syntax.message.split('\n', 1)[0]}`);
  return readConfig(document.toJS(), source);
}

function readConfig(value: unknown, source: string): Config {
  const {section, list, oneOf, text, map, duration, fail} = readers(source);
  const root = section(value ?? {}, '', Object.keys(DEFAULTS));
  const monitor = section(root.serviceMonitor ?? {}, 'serviceMonitor', SERVICE_MONITOR_KEYS);
  const clusterLabel = section(monitor.clusterLabel ?? {}, 'serviceMonitor.clusterLabel', ['name', 'value']);
  const jobs = section(monitor.jobs ?? {}, 'serviceMonitor.jobs', Object.keys(DEFAULTS.serviceMonitor.jobs));
  const prometheus = section(root.prometheus ?? {}, 'prometheus', Object.keys(DEFAULTS.prometheus));
  const base = DEFAULTS.serviceMonitor;

  const config: Config = {
    enrollment: oneOf(root.enrollment, 'enrollment', ENROLLMENT_POLICIES, DEFAULTS.enrollment),
    excludedNamespaces: list(root.excludedNamespaces, 'excludedNamespaces', DEFAULTS.excludedNamespaces, namespace),
    credential: oneOf(root.credential, 'credential', CREDENTIAL_MODES, DEFAULTS.credential),
    scrapers: list(root.scrapers, 'scrapers', DEFAULTS.scrapers, (item, key) => {
      const scraper = section(item, key, ['namespace', 'name']);
      return {
        namespace: namespace(scraper.namespace, `${key}.namespace`),
        name: text(scraper.name, `${key}.name`, undefined, isDnsSubdomain, 'the name of a ServiceAccount'),
      };
    }),
    serviceMonitor: {
      name: text(monitor.name, 'serviceMonitor.name', base.name, isNameTemplate, 'a name that contains {name}'),
      ...(monitor.labels !== undefined && {
        labels: map(monitor.labels, 'serviceMonitor.labels', isLabelKey, isLabelValue),
      }),
      interval: duration(monitor.interval, 'serviceMonitor.interval', base.interval),
      scrapeTimeout: duration(monitor.scrapeTimeout, 'serviceMonitor.scrapeTimeout', base.scrapeTimeout),
      clusterLabel: {
        name: text(
          clusterLabel.name,
          'serviceMonitor.clusterLabel.name',
          base.clusterLabel.name,
          isMetricLabel,
          'a label name of Prometheus',
        ),
        value: text(
          clusterLabel.value,
          'serviceMonitor.clusterLabel.value',
          base.clusterLabel.value,
          isReplacement,
          'a text without $ and with no braces but {name} and {namespace}',
        ),
      },
      jobs: {
        'kube-apiserver': job('kube-apiserver'),
        'kube-controller-manager': job('kube-controller-manager'),
        'kube-scheduler': job('kube-scheduler'),
      },
    },
    prometheus: {
      url: text(
        prometheus.url,
        'prometheus.url',
        '',
        isEmptyOr(isHttpUrl),
        'a URL such as http://prometheus.monitoring:9090',
      ),
      caFile: text(prometheus.caFile, 'prometheus.caFile', '', isAnything, 'a file'),
      bearerTokenFile: text(prometheus.bearerTokenFile, 'prometheus.bearerTokenFile', '', isAnything, 'a file'),
      namespace: text(
        prometheus.namespace,
        'prometheus.namespace',
        '',
        isEmptyOr(isDnsLabelOrDigit),
        'the namespace of a Prometheus object',
      ),
      name: text(prometheus.name, 'prometheus.name', '', isEmptyOr(isDnsSubdomain), 'the name of a Prometheus object'),
    },
  };
  if ((config.prometheus.name === '') !== (config.prometheus.namespace === '')) {
    const [missing, given] = config.prometheus.name === '' ? ['name', 'namespace'] : ['namespace', 'name'];
    fail(
      `prometheus.${missing}`,
      '',
      `a value where prometheus.${given} has one: both together name a Prometheus object`,
    );
  }
  if (config.scrapers.length === 0) fail('scrapers', [], 'at least one ServiceAccount ({namespace, name})');
  const {interval, scrapeTimeout} = config.serviceMonitor;
  if (durationMs(scrapeTimeout) > durationMs(interval)) {
    fail(
      'serviceMonitor.scrapeTimeout',
      scrapeTimeout,
      `at most the interval (${interval}), or Prometheus refuses the monitor`,
    );
  }
  return config;

  function namespace(item: unknown, key: string): string {
    return text(item, key, undefined, isDnsLabelOrDigit, 'the name of a namespace');
  }

  function job(component: keyof ServiceMonitorConfig['jobs']): string {
    return text(
      jobs[component],
      `serviceMonitor.jobs.${component}`,
      base.jobs[component],
      isReplacement,
      'a text without $',
    );
  }
}

function isAnything(): boolean {
  return true;
}

function isEmptyOr(test: (text: string) => boolean): (text: string) => boolean {
  return (text) => text === '' || test(text);
}

export function isHttpUrl(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

/** Namespaces are DNS-1123 labels: unlike names of Services they may begin with a digit. */
function isDnsLabelOrDigit(name: string): boolean {
  return isDnsLabel(name.replace(/^[0-9]/, 'd'));
}

function isNameTemplate(template: string): boolean {
  return template.includes('{name}') && isDnsSubdomain(fillTemplate(template, {name: 'x', namespace: 'x'}));
}

function isMetricLabel(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && !name.startsWith('__');
}

/** Prometheus would expand `$1`, and a brace that is left over is a mistyped template. */
function isReplacement(value: string): boolean {
  return value !== '' && !/[${}]/.test(fillTemplate(value, {name: 'x', namespace: 'x'}));
}

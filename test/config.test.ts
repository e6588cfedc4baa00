import {join} from 'node:path';
import t from 'tap';
import {stringify} from 'yaml';
import {DEFAULTS, loadConfig, parseConfig} from '../src/config.ts';
import {ConfigurationError} from '../src/errors.ts';

t.test('without a file, and with an empty one, the defaults apply', async (t) => {
  t.strictSame(await loadConfig(undefined), DEFAULTS);
  t.strictSame(parseConfig('', 'c.yaml'), DEFAULTS);
});

t.test('the defaults, written down, are a valid configuration', async (t) => {
  t.strictSame(parseConfig(stringify(DEFAULTS), 'c.yaml'), DEFAULTS);
});

t.test('what a file gives replaces the default, what it leaves out stays', async (t) => {
  const config = parseConfig(
    `enrollment: opt-in
excludedNamespaces: []
scrapers: [{namespace: monitoring, name: alloy}]
serviceMonitor:
  name: "{namespace}-{name}"
  labels: {team: sre}
  interval: 1m
  scrapeTimeout: 30s
  clusterLabel: {value: "{namespace}/{name}"}
  jobs: {kube-scheduler: scheduler}
`,
    'c.yaml',
  );
  t.strictSame(config, {
    ...DEFAULTS,
    enrollment: 'opt-in',
    excludedNamespaces: [],
    scrapers: [{namespace: 'monitoring', name: 'alloy'}],
    serviceMonitor: {
      name: '{namespace}-{name}',
      labels: {team: 'sre'},
      interval: '1m',
      scrapeTimeout: '30s',
      clusterLabel: {name: 'cluster', value: '{namespace}/{name}'},
      jobs: {...DEFAULTS.serviceMonitor.jobs, 'kube-scheduler': 'scheduler'},
    },
  });
});

t.test('labels of the ServiceMonitor are absent unless they are given: they are found in the cluster', async (t) => {
  t.notOk('labels' in DEFAULTS.serviceMonitor);
  t.notOk('labels' in parseConfig('serviceMonitor: {interval: 1m}', 'c.yaml').serviceMonitor);
  t.strictSame(
    parseConfig('serviceMonitor: {labels: {}}', 'c.yaml').serviceMonitor.labels,
    {},
    'none is an answer too',
  );
});

t.test('nothing of Prometheus is known by default; what is given of it is taken', async (t) => {
  const nothing = {url: '', caFile: '', bearerTokenFile: '', namespace: '', name: ''};
  t.strictSame(DEFAULTS.prometheus, nothing);
  t.strictSame(parseConfig('prometheus: {}', 'c.yaml').prometheus, nothing);
  for (const given of [
    {url: 'http://prometheus.monitoring:9090'},
    {url: 'https://example.org/prometheus/', caFile: '/etc/ca.crt', bearerTokenFile: '/var/run/token'},
    {namespace: 'monitoring', name: 'kube-prometheus-stack.main'},
    {namespace: '0-monitoring', name: 'main'},
  ])
    t.strictSame(parseConfig(stringify({prometheus: given}), 'c.yaml').prometheus, {...nothing, ...given});
});

const refused: readonly (readonly [yaml: string, message: string])[] = [
  [
    'enrolment: opt-in',
    'enrolment: unknown key; this version knows enrollment, excludedNamespaces, credential, scrapers, serviceMonitor, prometheus',
  ],
  ['enrollment: always', 'enrollment: expected opt-out or opt-in or required or off, found "always"'],
  ['credential: own', 'credential: expected dedicated or kubelet-client, found "own"'],
  ['excludedNamespaces: kube-system', 'excludedNamespaces: expected a list, found "kube-system"'],
  ['excludedNamespaces: [Kube]', 'excludedNamespaces[0]: expected the name of a namespace, found "Kube"'],
  ['scrapers: []', 'scrapers: expected at least one ServiceAccount ({namespace, name}), found []'],
  ['scrapers: [{name: a}]', 'scrapers[0].namespace: expected the name of a namespace, found nothing'],
  [
    'scrapers: [{namespace: a, name: b, kind: User}]',
    'scrapers[0].kind: unknown key; this version knows namespace, name',
  ],
  ['serviceMonitor: {name: fixed}', 'serviceMonitor.name: expected a name that contains {name}, found "fixed"'],
  [
    'serviceMonitor: {name: "{name}-{cluster}"}',
    'serviceMonitor.name: expected a name that contains {name}, found "{name}-{cluster}"',
  ],
  [
    'serviceMonitor: {labels: {release: 1}}',
    'serviceMonitor.labels.release: expected the value of a label (a string of at most 63 characters), found 1',
  ],
  ['serviceMonitor: {labels: {"a b": x}}', 'serviceMonitor.labels.a b: expected the name of a label, found "a b"'],
  ['serviceMonitor: {interval: 15}', 'serviceMonitor.interval: expected a duration such as 15s or 1m30s, found 15'],
  [
    'serviceMonitor: {interval: 5s}',
    'serviceMonitor.scrapeTimeout: expected at most the interval (5s), or Prometheus refuses the monitor, found "10s"',
  ],
  [
    'serviceMonitor: {clusterLabel: {name: __x}}',
    'serviceMonitor.clusterLabel.name: expected a label name of Prometheus, found "__x"',
  ],
  [
    'serviceMonitor: {clusterLabel: {value: "$1"}}',
    'serviceMonitor.clusterLabel.value: expected a text without $ and with no braces but {name} and {namespace}, found "$1"',
  ],
  [
    'serviceMonitor: {jobs: {etcd: x}}',
    'serviceMonitor.jobs.etcd: unknown key; this version knows kube-apiserver, kube-controller-manager, kube-scheduler',
  ],
  [
    'prometheus: {name: main}',
    'prometheus.namespace: expected a value where prometheus.name has one: both together name a Prometheus object, found ""',
  ],
  [
    'prometheus: {namespace: monitoring}',
    'prometheus.name: expected a value where prometheus.namespace has one: both together name a Prometheus object, found ""',
  ],
  [
    'prometheus: {namespace: Monitoring, name: main}',
    'prometheus.namespace: expected the namespace of a Prometheus object, found "Monitoring"',
  ],
  [
    'prometheus: {namespace: monitoring, name: a_b}',
    'prometheus.name: expected the name of a Prometheus object, found "a_b"',
  ],
  ...['prometheus:9090', 'ftp://prometheus', 'file:///etc/passwd', 'javascript:alert(1)', '/prometheus', 'http://'].map(
    (url) =>
      [
        `prometheus: {url: "${url}"}`,
        `prometheus.url: expected a URL such as http://prometheus.monitoring:9090, found "${url}"`,
      ] as const,
  ),
  ['prometheus: {url: 9090}', 'prometheus.url: expected a URL such as http://prometheus.monitoring:9090, found 9090'],
  ['prometheus: {caFile: [a]}', 'prometheus.caFile: expected a file, found ["a"]'],
  [
    'prometheus: {token: x}',
    'prometheus.token: unknown key; this version knows url, caFile, bearerTokenFile, namespace, name',
  ],
  [
    'prometheus: main',
    'prometheus: expected keys and values (url, caFile, bearerTokenFile, namespace, name), found "main"',
  ],
  ['serviceMonitor: {labels: [release]}', 'serviceMonitor.labels: expected labels and their values, found ["release"]'],
  [
    '- a',
    'the document: expected keys and values (enrollment, excludedNamespaces, credential, scrapers, serviceMonitor, prometheus), found ["a"]',
  ],
];

for (const [yaml, message] of refused) {
  t.test(`refused: ${yaml}`, async (t) => {
    t.throws(() => parseConfig(yaml, 'c.yaml'), new ConfigurationError(`c.yaml: ${message}`));
  });
}

t.test('refused: a file that is no YAML, in one line', async (t) => {
  t.throws(() => parseConfig('a: [', 'c.yaml'), {code: 'CONFIGURATION', message: /^c\.yaml: [^\n]+$/});
});

t.test('refused: a file that is not there', async (t) => {
  const file = join(t.testdir(), 'none.yaml');
  await t.rejects(loadConfig(file), new ConfigurationError(`${file}: cannot be read (ENOENT)`));
});

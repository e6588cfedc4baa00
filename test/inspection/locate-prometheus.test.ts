import t from 'tap';
import {locatePrometheus} from '../../src/inspection/locate-prometheus.ts';
import type {PrometheusInstance} from '../../src/prometheus/instance.ts';
import type {ServiceProxy} from '../../src/prometheus/transport.ts';
import {prometheus} from '../support/prometheus-object.ts';

const MAIN = prometheus('main');
const OTHER = prometheus('other');
const AGENT = prometheus('main', {}, 'PrometheusAgent');
const WEB = {name: 'web', port: 9090};

function service(name: string, selects: string | undefined, ports: unknown = [WEB]): object {
  const selector = {'app.kubernetes.io/name': 'x', ...(selects && {'operator.prometheus.io/name': selects})};
  return {metadata: {namespace: 'monitoring', name}, spec: {selector, ports}};
}

const OPERATED = service('prometheus-operated', undefined);
const OWN = service('stack-prometheus', 'main', [{name: 'http-web', port: 9090}]);

function locate(
  services: readonly unknown[],
  instance: PrometheusInstance = MAIN,
  neighbours: readonly PrometheusInstance[] = [instance],
): ServiceProxy | string {
  return locatePrometheus(instance, neighbours, services);
}

const names: readonly (readonly [title: string, found: ServiceProxy | string, name: string | undefined])[] = [
  ['its own Service, the one that selects its pods', locate([OPERATED, OWN]), 'stack-prometheus'],
  ['its own Service, whoever its neighbours are', locate([OWN], MAIN, [MAIN, OTHER]), 'stack-prometheus'],
  [
    'its own Service that has a port for it, of several',
    locate([service('stack-discovery', 'main', [{name: 'grpc', port: 10_901}]), OWN], MAIN, [MAIN, OTHER]),
    'stack-prometheus',
  ],
  ['the operator’s Service where it has none', locate([OPERATED]), 'prometheus-operated'],
  ['not the Service of another one', locate([service('other', 'other')]), undefined],
  [
    'not the operator’s Service where several objects stand behind it',
    locate([OPERATED], MAIN, [MAIN, OTHER]),
    undefined,
  ],
  [
    'the operator’s Service where its own has no port for it',
    locate([service('own', 'main', [{name: 'grpc', port: 10_901}]), OPERATED]),
    'prometheus-operated',
  ],
  ['of an agent its own Service too', locate([OWN], AGENT), 'stack-prometheus'],
  [
    'of an agent the operator’s Service for agents',
    locate([OPERATED, service('prometheus-agent-operated', undefined)], AGENT),
    'prometheus-agent-operated',
  ],
  ['not the operator’s Service for agents', locate([service('prometheus-agent-operated', undefined)]), undefined],
  ['nothing where there is no Service', locate([]), undefined],
  ['nothing that is no Service', locate([null, 'x', {}, {spec: null}, service('own', 'main', 'x')]), undefined],
];
for (const [title, found, name] of names) {
  t.test(`asks ${title}`, async (t) => {
    if (name === undefined) {
      const none = /^no Service leads to Prometheus monitoring\/main: give --prometheus-url$/;
      t.match(found, none);
    } else t.match(found, {namespace: 'monitoring', service: name, port: '9090'});
  });
}

const ports: readonly (readonly [title: string, ports: readonly object[], port: string | undefined])[] = [
  ['named web', [{name: 'web', port: 80}], '80'],
  ['named http-web', [{name: 'http-web', port: 8080}], '8080'],
  ['named https-web', [{name: 'https-web', port: 443}], '443'],
  ['9090 under any name', [{name: 'prometheus', port: 9090}], '9090'],
  ['9090 without a name', [{port: 9090}], '9090'],
  ['beside that of the reloader', [{name: 'reloader-web', port: 8080}, WEB], '9090'],
  ['that is not there: nothing', [{name: 'reloader-web', port: 8080}], undefined],
];
for (const [title, list, port] of ports) {
  t.test(`the port ${title}`, async (t) => {
    const found = locate([service('own', 'main', list)]);
    t.equal(typeof found === 'string' ? undefined : found.port, port);
  });
}

t.test('speaks HTTPS and asks below the prefix of its routes where the object says so', async (t) => {
  const instance = prometheus('main', {web: {tlsConfig: {}}, externalUrl: 'https://example.com/prom/'});
  t.strictSame(locate([OPERATED], instance), {
    namespace: 'monitoring',
    service: 'prometheus-operated',
    port: '9090',
    https: true,
    routePrefix: '/prom',
  });
  t.match(locate([OPERATED]), {https: false, routePrefix: ''});
});

t.test('one of several shards would know a part only, so none is asked', async (t) => {
  t.equal(
    locate([OWN, OPERATED], prometheus('main', {shards: 3})),
    'Prometheus monitoring/main has 3 shards, each with a part of the targets: give --prometheus-url of a querier that sees all',
  );
  t.match(locate([OWN], prometheus('main', {shards: 1})), {service: 'stack-prometheus'});
});

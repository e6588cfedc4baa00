import {dig, isObject, stringAt} from '../json.ts';
import {texts} from '../kube/label-selector.ts';
import {describeInstance, type PrometheusInstance} from '../prometheus/instance.ts';
import type {ServiceProxy} from '../prometheus/transport.ts';

/** prometheus-operator labels the pods of an object with its name; charts select by that. */
const INSTANCE_LABEL = 'operator.prometheus.io/name';
const GOVERNING = {Prometheus: 'prometheus-operated', PrometheusAgent: 'prometheus-agent-operated'} as const;
const PORT = 9090;
const PORT_NAMES = ['web', 'http-web', 'https-web'];

/**
 * The Service behind which a Prometheus object's pods answer; a text says why there is none that gives the whole truth.
 * `neighbours`: all objects of its kind in its namespace, which share the operator's own Service.
 */
export function locatePrometheus(
  instance: PrometheusInstance,
  neighbours: readonly PrometheusInstance[],
  services: readonly unknown[],
): ServiceProxy | string {
  const {namespace, name, kind, shards, https, routePrefix} = instance;
  if (shards > 1) {
    return `${describeInstance(instance)} has ${shards} shards, each with a part of the targets: give --prometheus-url of a querier that sees all`;
  }
  const own = services.filter((service) => texts(dig(service, 'spec', 'selector'))[INSTANCE_LABEL] === name);
  const governing =
    neighbours.length > 1
      ? undefined
      : services.find((service) => stringAt(service, 'metadata', 'name') === GOVERNING[kind]);
  for (const service of [...own, governing]) {
    const port = portOf(service);
    if (port !== undefined) {
      return {namespace, service: stringAt(service, 'metadata', 'name') ?? '', port, https, routePrefix};
    }
  }
  return `no Service leads to ${describeInstance(instance)}: give --prometheus-url`;
}

function portOf(service: unknown): string | undefined {
  const ports = dig(service, 'spec', 'ports');
  const port = (Array.isArray(ports) ? ports : [])
    .filter(isObject)
    .find(({name, port: number}) => PORT_NAMES.includes(String(name)) || number === PORT);
  return port && String(port.port);
}

import {metricsServiceName} from '../names.ts';
import {DIAGNOSES, type DiagnosisCode, type Link, type Severity} from './diagnoses.ts';
import type {Evidence} from './evidence.ts';

/** One row of the table, with the names of the case filled in. */
export interface Finding {
  readonly code: DiagnosisCode;
  readonly link: Link;
  readonly severity: Severity;
  readonly cause: string;
  readonly cure: string;
}

export function finding(code: DiagnosisCode, values: Readonly<Record<string, string>>): Finding {
  const {link, severity, cause, cure} = DIAGNOSES[code];
  return {code, link, severity, cause: fill(cause, values), cure: fill(cure, values)};
}

/** A placeholder without a value stays as it is, so that a test sees it. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-zA-Z]+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : placeholder,
  );
}

/** A finding about one TenantControlPlane, with what every row may name. */
export function about(
  code: DiagnosisCode,
  {tcp, objects}: Evidence,
  values: Readonly<Record<string, string>> = {},
): Finding {
  return finding(code, {
    namespace: tcp.namespace,
    name: tcp.name,
    phase: tcp.phase ?? 'none',
    service: metricsServiceName(tcp.name),
    secret: objects.credential.secretName,
    monitor: objects.monitor === undefined ? 'the ServiceMonitor' : `ServiceMonitor ${objects.monitor.name}`,
    ...values,
  });
}

import type {Check} from './check.ts';
import {INSTALLATION_CHECKS} from './installation.ts';
import {KAMAJI_CHECKS} from './kamaji.ts';
import {KUBERNETES_CHECKS} from './kubernetes.ts';
import {PROMETHEUS_CHECKS} from './prometheus.ts';
import {TENANT_CHECKS} from './tenants.ts';

/** Every line of `check`, in its order. A new part of the product adds its own. */
export const CHECKS: readonly Check[] = [
  ...KUBERNETES_CHECKS,
  ...KAMAJI_CHECKS,
  ...INSTALLATION_CHECKS,
  ...PROMETHEUS_CHECKS,
  ...TENANT_CHECKS,
];

/** The parts of a tenant control plane that are scraped, in the order of Kamaji's guide. */
export const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type Component = (typeof COMPONENTS)[number];

/** The Service's ports. Only the targetPort of kube-apiserver varies: a Service may not name one port twice. */
export const SERVICE_PORTS: Readonly<Record<Component, number>> = {
  'kube-apiserver': 6443,
  'kube-controller-manager': 10_257,
  'kube-scheduler': 10_259,
};

export function portName(component: Component): string {
  return `${component}-metrics`;
}

/** A real program (or several of one module) that tests run, and how it comes out of its Go module. */
export interface Part {
  /** The folder below test/toolchain that holds its wrapper module. */
  readonly name: string;
  /** Binary → Go package. */
  readonly binaries: Readonly<Record<string, string>>;
  readonly ldflags: readonly string[];
  /** Whether KUBEBUILDER_ASSETS may have it instead. */
  readonly inAssets: boolean;
  /** Cold, on two cores, in seconds: what a person who waits is told. */
  readonly expectedSeconds: number;
}

/** Files that tests read from a module's folder: `to`, a folder of ours, gets those of the module's folder `from`. */
export interface Files {
  readonly wrapper: string;
  readonly module: string;
  readonly from: string;
  readonly to: string;
}

const KUBERNETES_VERSION = 'v1.36.3';
const [MAJOR, MINOR] = KUBERNETES_VERSION.slice(1).split('.');

export const PARTS: readonly Part[] = [
  {
    name: 'kubernetes',
    binaries: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    },
    ldflags: [
      `-X k8s.io/component-base/version.gitVersion=${KUBERNETES_VERSION}`,
      `-X k8s.io/component-base/version.gitMajor=${MAJOR}`,
      `-X k8s.io/component-base/version.gitMinor=${MINOR}`,
    ],
    inAssets: true,
    expectedSeconds: 330,
  },
  {name: 'etcd', binaries: {etcd: 'go.etcd.io/etcd/server/v3'}, ldflags: [], inAssets: true, expectedSeconds: 30},
  {
    name: 'prometheus-operator',
    binaries: {'prometheus-operator': 'github.com/prometheus-operator/prometheus-operator/cmd/operator'},
    ldflags: [],
    inAssets: false,
    expectedSeconds: 240,
  },
  {
    name: 'prometheus',
    binaries: {
      prometheus: 'github.com/prometheus/prometheus/cmd/prometheus',
      promtool: 'github.com/prometheus/prometheus/cmd/promtool',
    },
    ldflags: [],
    inAssets: false,
    expectedSeconds: 300,
  },
];

export const FILES: readonly Files[] = [
  {wrapper: 'kamaji', module: 'github.com/clastix/kamaji', from: 'charts/kamaji/crds', to: 'crds/kamaji'},
  {wrapper: 'kamaji', module: 'github.com/clastix/kamaji', from: 'config/samples', to: 'samples/kamaji'},
  {
    wrapper: 'prometheus-operator',
    module: 'github.com/prometheus-operator/prometheus-operator',
    from: 'example/prometheus-operator-crd',
    to: 'crds/prometheus-operator',
  },
  {
    wrapper: 'prometheus-operator',
    module: 'github.com/prometheus-operator/prometheus-operator',
    from: 'example/rbac/prometheus-operator',
    to: 'rbac/prometheus-operator',
  },
];

export const GO_VERSION = '1.26';

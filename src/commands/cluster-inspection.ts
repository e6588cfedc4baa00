import {systemClock} from '../clock.ts';
import {loadConfig} from '../config.ts';
import type {CheckContext} from '../inspection/checks/check.ts';
import {readCluster} from '../inspection/cluster.ts';
import {inspectFleet} from '../inspection/fleet.ts';
import {sourceOf} from '../inspection/prometheus-source.ts';
import {createClient} from '../kube/client.ts';
import {loadKubeConfig} from '../kube/connection.ts';

export interface InspectionFlags {
  readonly config?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly 'prometheus-url'?: string | undefined;
  /** `current`: that of the kubeconfig's context; undefined: all. */
  readonly namespace: string | {readonly current: true} | undefined;
}

/** One reading of the cluster with the rights of the person who asks, given to `use` while the connection is open. */
export async function inspecting<T>(
  flags: InspectionFlags,
  now: Date,
  use: (context: CheckContext & {readonly namespace: string | undefined}) => T | Promise<T>,
): Promise<T> {
  const config = await loadConfig(flags.config);
  const connection = loadKubeConfig(flags.kubeconfig, systemClock);
  const namespace = typeof flags.namespace === 'object' ? connection.namespace : flags.namespace;
  const client = createClient(connection);
  const isConfigKnown = flags.config !== undefined;
  try {
    const cluster = await readCluster(client, namespace);
    const prometheus = await sourceOf({client, cluster, config: config.prometheus, url: flags['prometheus-url']});
    try {
      const fleet = await inspectFleet({client, cluster, config, isConfigKnown, prometheus, now});
      return await use({client, cluster, fleet, config, isConfigKnown, now, namespace});
    } finally {
      await prometheus.close();
    }
  } finally {
    await connection.close();
  }
}

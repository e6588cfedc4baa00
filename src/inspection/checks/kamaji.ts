import {installationFinding} from '../../diagnosis/installation.ts';
import {type Check, found, ok, unknown} from './check.ts';

/** Kamaji writes the first status within a second. */
const SILENT_MS = 120_000;

export const KAMAJI_CHECKS: readonly Check[] = [
  {
    category: 'kamaji',
    title: 'the cluster knows TenantControlPlanes',
    run({cluster: {tenantControlPlanes}}) {
      switch (tenantControlPlanes.state) {
        case 'listed':
          return ok(`v1alpha1, ${tenantControlPlanes.items.length} of them`);
        case 'forbidden':
          return unknown('you may not list TenantControlPlanes');
        case 'unknown-kind':
          return found([installationFinding('kamaji-kinds-missing')], '');
      }
    },
  },
  {
    category: 'kamaji',
    title: 'Kamaji works on them',
    run({cluster: {tenantControlPlanes}, now}) {
      if (tenantControlPlanes.state !== 'listed') return unknown('there are none to be seen');
      const old = tenantControlPlanes.items.filter(
        ({createdAt}) => createdAt !== undefined && now.getTime() - createdAt.getTime() > SILENT_MS,
      );
      const silent = old.filter(({phase, authority}) => phase === undefined && authority === undefined);
      const names = silent.map(({key}) => key).join(', ');
      return found(
        silent.length > 0 ? [installationFinding('kamaji-silent', {names})] : [],
        old.length === 0 ? 'none is old enough to tell' : 'each has a status',
      );
    },
  },
];

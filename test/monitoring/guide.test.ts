import jsonpatch, {type Operation} from 'fast-json-patch';
import t from 'tap';
import {DEFAULTS} from '../../src/config.ts';
import {kubeletClientCredential} from '../../src/credentials/kubelet-client.ts';
import {stringAt} from '../../src/json.ts';
import {desired} from '../../src/monitoring/desired.ts';
import {parseTenantControlPlane} from '../../src/tenant-control-plane.ts';
import {fixture} from '../support/fixtures.ts';

const charlie = parseTenantControlPlane({
  apiVersion: 'kamaji.clastix.io/v1alpha1',
  kind: 'TenantControlPlane',
  metadata: {name: 'charlie', namespace: 'default', uid: '66a03a98-84ac-473f-ad49-984171a758ec'},
  status: {
    certificates: {
      apiServerKubeletClient: {
        secretName: 'charlie-api-server-kubelet-client-certificate',
        checksum: 'b4fd4b10331857ddb60100c9dc65caf6',
      },
    },
  },
});
const guide = [
  ...fixture('guide/rbac.yaml'),
  ...fixture('guide/service.yaml'),
  ...fixture('guide/service-monitor.yaml'),
];
const ours = desired(charlie, kubeletClientCredential(charlie), DEFAULTS);

/** What must be done to the guide's object to make it ours. */
function differences(kind: string): Operation[] {
  const theirs = guide.find((object) => stringAt(object, 'kind') === kind);
  const own = ours.find((object) => object.kind === kind);
  if (theirs === undefined || own === undefined) throw new Error(`no ${kind}`);
  return jsonpatch.compare(theirs, own).sort((a, b) => a.path.localeCompare(b.path));
}

const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
const SERVES_LABEL = 'kamaji-monitoring.io/tenant-control-plane';
const OWNER = {
  op: 'add',
  path: '/metadata/ownerReferences',
  value: [
    {
      apiVersion: 'kamaji.clastix.io/v1alpha1',
      kind: 'TenantControlPlane',
      name: 'charlie',
      uid: '66a03a98-84ac-473f-ad49-984171a758ec',
    },
  ],
};
const MANAGED_BY = {op: 'add', path: '/metadata/labels/app.kubernetes.io~1managed-by', value: 'kamaji-monitoring'};
const SERVES = {op: 'add', path: '/metadata/labels/kamaji-monitoring.io~1tenant-control-plane', value: 'charlie'};

t.test('the guide has these four kinds and so have we', async (t) => {
  t.strictSame(
    ours.map(({kind}) => kind),
    ['Role', 'RoleBinding', 'Service', 'ServiceMonitor'],
  );
  t.strictSame(
    guide.map((object) => stringAt(object, 'kind')).sort(),
    ours.map(({kind}) => kind),
  );
});

t.test('Service: the guide’s, but for our labels and owner', async (t) => {
  t.strictSame(differences('Service'), [MANAGED_BY, SERVES, OWNER]);
});

t.test(
  'ServiceMonitor: the guide’s, but for our labels, the owner and an expression that Prometheus 3 matches',
  async (t) => {
    t.strictSame(differences('ServiceMonitor'), [
      MANAGED_BY,
      {op: 'add', path: '/metadata/labels/kamaji-monitoring.io~1credential-hash', value: '1e4e89f3'},
      SERVES,
      OWNER,
      {
        op: 'replace',
        path: '/spec/endpoints/0/metricRelabelings/0/regex',
        value:
          'apiserver_request_duration_seconds_bucket;(0\\.15|0\\.2|0\\.3|0\\.35|0\\.4|0\\.45|0\\.6|0\\.7|0\\.8|0\\.9|1\\.25|1\\.5|1\\.75|2|3|3\\.5|4|4\\.5|6|7|8|9|15|25|40|50)(\\.0)?',
      },
    ]);
  },
);

t.test('Role: a name per TCP and only the one Secret', async (t) => {
  t.strictSame(differences('Role'), [
    {op: 'add', path: '/metadata/labels', value: {[SERVES_LABEL]: 'charlie', [MANAGED_BY_LABEL]: 'kamaji-monitoring'}},
    {op: 'replace', path: '/metadata/name', value: 'prometheus-secret-reader-charlie'},
    OWNER,
    {op: 'add', path: '/rules/0/resourceNames', value: ['charlie-api-server-kubelet-client-certificate']},
    {op: 'remove', path: '/rules/0/verbs/1'},
    {op: 'remove', path: '/rules/0/verbs/2'},
  ]);
});

t.test('RoleBinding: a name per TCP', async (t) => {
  t.strictSame(differences('RoleBinding'), [
    {op: 'add', path: '/metadata/labels', value: {[SERVES_LABEL]: 'charlie', [MANAGED_BY_LABEL]: 'kamaji-monitoring'}},
    {op: 'replace', path: '/metadata/name', value: 'prometheus-secret-access-charlie'},
    OWNER,
    {op: 'replace', path: '/roleRef/name', value: 'prometheus-secret-reader-charlie'},
  ]);
});

t.test('the expression drops on Prometheus 2 and 3 what the guide meant, and nothing else', async (t) => {
  const [, , , monitor] = ours;
  const regex = JSON.stringify(monitor).match(/"regex":("[^"]+")/)?.[1];
  const drop = new RegExp(`^(?:${JSON.parse(regex ?? '""')})$`);
  const buckets = '0.15 0.2 0.3 0.35 0.4 0.45 0.6 0.7 0.8 0.9 1.25 1.5 1.75 2 3 3.5 4 4.5 6 7 8 9 15 25 40 50'.split(
    ' ',
  );
  const name = 'apiserver_request_duration_seconds_bucket';
  for (const le of buckets) {
    t.match(`${name};${le}`, drop);
    if (!le.includes('.')) t.match(`${name};${le}.0`, drop);
  }
  for (const le of ['0.05', '0.1', '0.5', '0.8x', '1', '1.0', '5', '10.0', '20', '30', '60.0', '+Inf', '0x15'])
    t.notMatch(`${name};${le}`, drop);
  t.notMatch('apiserver_request_sli_duration_seconds_bucket;0.15', drop);
});

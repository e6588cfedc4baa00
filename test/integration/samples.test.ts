import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import t from 'tap';
import {parseAllDocuments} from 'yaml';
import {render} from '../../src/commands/render.ts';
import {isObject, stringAt} from '../../src/json.ts';
import {isTenantControlPlane} from '../../src/tenant-control-plane.ts';
import {runCommand} from '../support/command.ts';
import {binary} from '../support/control-plane.ts';
import {playKamaji} from '../support/kamaji.ts';
import {startManagementCluster} from '../support/management-cluster.ts';
import {waitForObjects} from '../support/monitored.ts';
import {installManifests, startController} from '../support/product.ts';
import {tenantControlPlanesPath} from '../support/tenant-control-plane.ts';

const SAMPLES = binary('samples/kamaji');
const files = (await readdir(SAMPLES)).filter((name) => name.endsWith('.yaml'));

/** Kamaji's own CRD refuses this one of its samples. */
const INVALID = 'konnectivity-addon';

async function samples() {
  const texts = await Promise.all(files.map((name) => readFile(join(SAMPLES, name), 'utf8')));
  const documents = texts.flatMap((text) => [...parseAllDocuments(text)].map((document) => document.toJS() as unknown));
  return documents.filter(isTenantControlPlane).filter(isObject);
}

t.test('Kamaji has samples', async (t) => {
  t.ok((await samples()).length >= 5, `${(await samples()).length} TenantControlPlanes in ${files.length} files`);
});

t.test('each file goes through render: four objects per TCP, everything else is passed over', async (t) => {
  for (const name of files) {
    const {code, stdout} = await runCommand(render, ['-f', join(SAMPLES, name)]);
    t.equal(code, 0, name);
    const text = await readFile(join(SAMPLES, name), 'utf8');
    const expected = text.match(/^kind: TenantControlPlane$/gm)?.length ?? 0;
    t.equal(stdout.match(/^kind: /gm)?.length ?? 0, 4 * expected, name);
  }
});

t.test('each goes through the cluster: monitored like any other', async (t) => {
  const cluster = await startManagementCluster();
  t.teardown(() => cluster.stop());
  await installManifests(cluster);
  await startController(cluster);
  for (const [index, sample] of (await samples()).entries()) {
    // Some samples share a name, so each gets a namespace of its own.
    const namespace = `sample-${index}`;
    const name = stringAt(sample, 'metadata', 'name') ?? '';
    await cluster.createNamespace(namespace);
    const created = cluster.api.create(tenantControlPlanesPath(namespace), {...sample, metadata: {name}});
    if (name === INVALID) {
      await t.rejects(created, {status: 422, message: /spec\.controlPlane: Required value/});
      continue;
    }
    await created;
    await (await playKamaji(cluster.api, {namespace, name})).provideAll();
    await waitForObjects(cluster.api, namespace, name);
    t.pass(`${namespace}/${name}`);
  }
});

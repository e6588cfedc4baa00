import {stripVTControlCharacters} from 'node:util';
import t from 'tap';
import {createScreen} from '../demo/screen.ts';
import {tellStory} from '../demo/story.ts';

t.test('the demo tells what it promises', async (t) => {
  let shown = '';
  const cluster = await tellStory(
    createScreen({
      write: (text) => {
        shown += text;
      },
    }),
  );
  t.teardown(() => cluster.stop());
  const plain = stripVTControlCharacters(shown)
    .replace(/\d+(\.\d+)? (ms|s)\b/g, 'TIME')
    .replace(/\d+ samples/g, 'SAMPLES');
  for (const line of [
    'charlie         says nothing → webhook calls: 1 → stored with kamaji-monitoring.io/enabled: "true"',
    'echo            says kamaji-monitoring.io/enabled: "false" → webhook calls: 0 → stored with kamaji-monitoring.io/enabled: "false"',
    'charlie         complete TIME after its certificate',
    'echo            nothing: it opted out',
    'Service         repaired after TIME',
    'ServiceMonitor  back after TIME',
    'delta           its objects are gone after TIME; Kamaji’s own are untouched',
  ]) {
    t.ok(plain.includes(line), line);
  }
  t.match(plain, /403 +with the certificate that Kamaji’s guide names/);
  for (const job of ['apiserver', 'kube-controller-manager', 'kube-scheduler']) {
    t.match(plain, new RegExp(`up == 1 +\\{cluster="charlie", job="${job}"\\} +SAMPLES from 100\\.`));
  }
  t.match(plain, /tenants +charlie +yes +complete +dedicated +Prometheus \S+ +UP 1\/1 +UP 1\/1 +DOWN 0\/1/);
  t.match(plain, /✖ tenants\/charlie: kube-scheduler refuses connections at .*\[scrape: connection-refused\]/);
  t.match(plain, /→ `kubectl -n tenants logs charlie-0 -c kube-scheduler`/);
});

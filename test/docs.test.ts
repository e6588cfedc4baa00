import {readFile} from 'node:fs/promises';
import t from 'tap';
import {TROUBLESHOOTING, troubleshootingPage} from '../docs/generate.ts';

t.test('docs/troubleshooting.md is what the tables say; if not: npm run docs', async (t) => {
  t.equal(await readFile(TROUBLESHOOTING, 'utf8'), troubleshootingPage());
});

import t from 'tap';
import {createLogger} from '../../src/telemetry/logger.ts';

t.test('whatever a name contains, an event is one line of printable text that reads back as it was', async (t) => {
  const lines: string[] = [];
  const logger = createLogger('webhook', {write: (line) => lines.push(line)});
  const names = [
    'a\nb',
    'a\r\n{"level":"info"}',
    '\u0000\u001b[31m',
    '\u007f\u0085\u009b',
    '\u2028\u2029',
    '\u202etxt',
    'é😀',
  ];
  for (const name of names) logger.info({name}, 'admission');
  t.equal(lines.length, names.length);
  for (const [index, line] of lines.entries()) {
    t.match(line, /^[\p{L}\p{N}\p{P}\p{S}\p{Emoji} ]+\n$/u);
    t.match(JSON.parse(line), {role: 'webhook', level: 'info', msg: 'admission', name: names[index]});
  }
});

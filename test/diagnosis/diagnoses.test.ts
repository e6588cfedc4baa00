import t from 'tap';
import {DIAGNOSES, LINKS} from '../../src/diagnosis/diagnoses.ts';

const rows = Object.entries(DIAGNOSES);

t.test('the rows stand in the order in which links are looked at', async (t) => {
  const positions = rows.map(([, {link}]) => LINKS.indexOf(link));
  t.strictSame(
    positions,
    positions.toSorted((a, b) => a - b),
  );
  t.strictSame([...new Set(rows.map(([, {link}]) => link))], LINKS, 'and no link is without one');
});

t.test('a code is words and dashes, so that it can be a label and an Event’s reason', async (t) => {
  for (const [code] of rows) t.match(code, /^[a-z]+(-[a-z]+)*$/);
});

t.test('cause and cure are one line each, to be put after a colon', async (t) => {
  for (const [code, {cause, cure}] of rows) {
    for (const text of [cause, cure]) t.match(text, /^\S[^\n]*[^\s.]$/, `${code}: ${text}`);
  }
});

t.test('nothing that goes away by itself is a problem, and the cure of a problem is not to wait', async (t) => {
  for (const [code, {severity, cure}] of rows) {
    t.equal(/^wait\b/.test(cure), severity === 'waiting', code);
    t.equal(/^nothing\b/.test(cure), severity === 'information', code);
  }
});

import t from 'tap';
import {table} from '../../src/commands/table.ts';

t.test('columns are as wide as their widest cell and three blanks, and no line ends in blanks', async (t) => {
  t.strictSame(
    table([
      ['NAME', 'X', 'LAST'],
      ['a', 'longer', 'b'],
      ['', '', 'c'],
    ]),
    ['NAME   X        LAST', 'a      longer   b', '                c'],
  );
});

t.test('rows may be shorter than others', async (t) => {
  t.strictSame(table([['a'], ['b', 'c'], []]), ['a', 'b   c', '']);
});

t.test('no rows, no lines', async (t) => {
  t.strictSame(table([]), []);
});

import t from 'tap';
import {type Change, Store} from '../../src/kube/store.ts';

interface Item {
  readonly key: string;
  readonly owner: string;
}

function setup() {
  const store = new Store<Item>(({owner}) => [owner]);
  const changes: string[] = [];
  store.onChange(({old, new: current}: Change<Item>) =>
    changes.push(`${old?.key}/${old?.owner} → ${current?.key}/${current?.owner}`),
  );
  return {store, changes};
}

t.test('listeners hear what was and what is', async (t) => {
  const {store, changes} = setup();
  store.set({key: 'a', owner: 'x'});
  store.set({key: 'a', owner: 'y'});
  store.delete('a');
  store.delete('a');
  t.strictSame(changes, ['undefined/undefined → a/x', 'a/x → a/y', 'a/y → undefined/undefined']);
});

t.test('a new list deletes what it lacks', async (t) => {
  const {store, changes} = setup();
  store.set({key: 'a', owner: 'x'});
  store.set({key: 'b', owner: 'x'});
  changes.length = 0;
  store.replace([{key: 'b', owner: 'x'}]);
  t.strictSame(changes, ['a/x → undefined/undefined', 'b/x → b/x']);
  t.equal(store.get('a'), undefined);
});

t.test('the index follows changes', async (t) => {
  const {store} = setup();
  store.set({key: 'a', owner: 'x'});
  store.set({key: 'b', owner: 'x'});
  store.set({key: 'a', owner: 'y'});
  t.strictSame(store.indexed('x'), [{key: 'b', owner: 'x'}]);
  t.strictSame(store.indexed('y'), [{key: 'a', owner: 'y'}]);
  store.delete('b');
  t.strictSame(store.indexed('x'), []);
});

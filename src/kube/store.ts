/** What a cached object is filed under: `namespace/name`, and `name` for what has no namespace. */
export interface Keyed {
  readonly key: string;
}

export interface Change<T> {
  readonly old: T | undefined;
  readonly new: T | undefined;
}

export type ChangeListener<T> = (change: Change<T>) => void;

/** A cache of one kind of objects. Listeners hear of every change, the deletion of what a new list lacks included. */
export class Store<T extends Keyed> {
  readonly #objects = new Map<string, T>();
  readonly #index = new Map<string, Set<T>>();
  readonly #indexBy: (object: T) => readonly string[];
  readonly #listeners: ChangeListener<T>[] = [];

  /** `indexBy` gives the values under which {@link indexed} finds an object again. */
  constructor(indexBy: (object: T) => readonly string[] = () => []) {
    this.#indexBy = indexBy;
  }

  onChange(listener: ChangeListener<T>): void {
    this.#listeners.push(listener);
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): IterableIterator<T> {
    return this.#objects.values();
  }

  /** Those that the store's `indexBy` files under `value`. */
  indexed(value: string): readonly T[] {
    return [...(this.#index.get(value) ?? [])];
  }

  set(object: T): void {
    const old = this.#objects.get(object.key);
    this.#objects.set(object.key, object);
    if (old !== undefined) this.#forget(old);
    for (const value of this.#indexBy(object)) {
      const entry = this.#index.get(value);
      if (entry === undefined) this.#index.set(value, new Set([object]));
      else entry.add(object);
    }
    this.#tell({old, new: object});
  }

  delete(key: string): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#objects.delete(key);
    this.#forget(old);
    this.#tell({old, new: undefined});
  }

  /** Takes a complete list as the new truth. */
  replace(objects: readonly T[]): void {
    const kept = new Set(objects.map((object) => object.key));
    for (const key of [...this.#objects.keys()]) if (!kept.has(key)) this.delete(key);
    for (const object of objects) this.set(object);
  }

  #forget(object: T): void {
    for (const value of this.#indexBy(object)) {
      const entry = this.#index.get(value);
      entry?.delete(object);
      if (entry?.size === 0) this.#index.delete(value);
    }
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) listener(change);
  }
}

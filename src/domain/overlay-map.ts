/**
 * A map with changes on top of a base that is never written: reading costs two look-ups, and making one costs
 * nothing however large the base is.
 */
export class OverlayMap<K, V> implements ReadonlyMap<K, V> {
  readonly #base: ReadonlyMap<K, V>;
  readonly #added = new Map<K, V>();
  readonly #deleted = new Set<K>();
  #size: number;

  constructor(base: ReadonlyMap<K, V>) {
    this.#base = base;
    this.#size = base.size;
  }

  get size(): number {
    return this.#size;
  }

  get(key: K): V | undefined {
    if (this.#added.has(key)) return this.#added.get(key);
    return this.#deleted.has(key) ? undefined : this.#base.get(key);
  }

  has(key: K): boolean {
    return this.#added.has(key) || (!this.#deleted.has(key) && this.#base.has(key));
  }

  set(key: K, value: V): void {
    if (!this.has(key)) this.#size += 1;
    this.#added.set(key, value);
  }

  delete(key: K): void {
    if (!this.has(key)) return;
    this.#size -= 1;
    this.#added.delete(key);
    this.#deleted.add(key);
  }

  *entries(): MapIterator<[K, V]> {
    for (const [key, value] of this.#base) {
      if (!this.#added.has(key) && !this.#deleted.has(key)) yield [key, value];
    }
    yield* this.#added;
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}

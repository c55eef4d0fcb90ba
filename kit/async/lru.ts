/** Values that are kept while they fit, by when they were used last. */

interface Kept<V> {
  readonly value: V;
  readonly weight: number;
}

export class Lru<V> {
  readonly #capacity: number;
  /** In the order of their last use. */
  readonly #kept = new Map<string, Kept<V>>();
  #weight = 0;

  /** `capacity` is the most weight of all values together. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get weight(): number {
    return this.#weight;
  }

  get(key: string): V | undefined {
    const found = this.#kept.get(key);
    if (!found) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found.value;
  }

  /** Lets go of others until it fits; a value that is too heavy by itself is not kept. */
  set(key: string, value: V, weight: number): void {
    this.delete(key);
    if (weight > this.#capacity) return;
    this.#kept.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#kept.keys()) {
      if (this.#weight <= this.#capacity) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#weight -= this.#kept.get(key)?.weight ?? 0;
    this.#kept.delete(key);
  }
}

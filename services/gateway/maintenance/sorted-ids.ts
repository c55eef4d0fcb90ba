/** A set of ids in ascending order, for lists that begin anywhere in it. */
export class SortedIds {
  readonly #ids: string[] = [];

  get size(): number {
    return this.#ids.length;
  }

  /** The id must not be in the set. New ids mostly belong at the end, which costs nothing. */
  add(id: string): void {
    this.#ids.splice(this.#placeOf(id), 0, id);
  }

  remove(id: string): void {
    const at = this.#placeOf(id);
    if (this.#ids[at] === id) this.#ids.splice(at, 1);
  }

  /** Ids that come or go while it is read may be missing. */
  *newestFirst(): Generator<string> {
    const ids = this.#ids.slice();
    for (let i = ids.length - 1; i >= 0; i--) yield ids[i] ?? "";
  }

  /** Index of the first id that is not below `id`. */
  #placeOf(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    if ((this.#ids[high - 1] ?? "") < id) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ids[middle] ?? "") < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

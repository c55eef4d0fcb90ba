/** Percentiles of millions of durations in constant memory: buckets that grow by one percent. */

const GROWTH = Math.log(1.01);
const LEAST_SECONDS = 1e-4;
/** The last one begins at 20 weeks. */
const BUCKETS = 2_600;

export class Durations {
  readonly #counts = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #highest = 0;

  add(seconds: number): void {
    const bucket = seconds <= LEAST_SECONDS ? 0 : Math.log(seconds / LEAST_SECONDS) / GROWTH + 1;
    const index = Math.min(BUCKETS - 1, Math.floor(bucket));
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#count += 1;
    this.#sum += seconds;
    this.#highest = Math.max(this.#highest, seconds);
  }

  get count(): number {
    return this.#count;
  }

  /** 0 without durations. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  get highest(): number {
    return this.#highest;
  }

  /**
   * The duration that a fraction `p` of all does not exceed, within one percent; below a tenth of a
   * millisecond it is 0. 0 without durations.
   */
  percentile(p: number): number {
    let left = Math.max(1, Math.ceil(p * this.#count));
    for (let index = 0; index < BUCKETS; index++) {
      left -= this.#counts[index] as number;
      if (left > 0) continue;
      if (index === 0) return 0;
      return Math.min(this.#highest, LEAST_SECONDS * Math.exp(GROWTH * (index - 0.5)));
    }
    return 0;
  }
}

/** A number that changes with time, such as how many wait: its sum over time. */

export class Level {
  #value = 0;
  #sinceSeconds = 0;
  #area = 0;
  #highest = 0;

  get value(): number {
    return this.#value;
  }

  get highest(): number {
    return this.#highest;
  }

  add(change: number, nowSeconds: number): void {
    this.#area += this.#value * (nowSeconds - this.#sinceSeconds);
    this.#sinceSeconds = nowSeconds;
    this.#value += change;
    this.#highest = Math.max(this.#highest, this.#value);
  }

  /** The sum of value times seconds since the beginning. */
  area(nowSeconds: number): number {
    return this.#area + this.#value * (nowSeconds - this.#sinceSeconds);
  }
}

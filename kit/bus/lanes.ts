/** In which order a free slot asks the lanes: 8:3:1 by smooth weighted round robin, so that no lane starves. */
import { LANES, type Lane } from "./subjects.js";

const WEIGHTS: Readonly<Record<Lane, number>> = { high: 8, normal: 3, low: 1 };
const TOTAL = 12;

export class LaneSchedule {
  readonly #credit: Record<Lane, number> = { high: 0, normal: 0, low: 0 };

  /** The lanes, the one with the most credit first. */
  order(): Lane[] {
    return [...LANES].sort((a, b) => this.#weighted(b) - this.#weighted(a));
  }

  /** An order of this lane was taken: every lane gains its weight, this one pays for all. */
  served(lane: Lane): void {
    for (const each of LANES) this.#credit[each] = Math.min(this.#weighted(each), TOTAL);
    this.#credit[lane] -= TOTAL;
  }

  /** An order was not there after all: the lane gets back what it paid. */
  notServed(lane: Lane): void {
    this.#credit[lane] += TOTAL;
  }

  #weighted(lane: Lane): number {
    return this.#credit[lane] + WEIGHTS[lane];
  }
}

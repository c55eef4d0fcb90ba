/** In which order a free slot asks the lanes: 8:3:1 by smooth weighted round robin, and none is passed over for long. */
import { LANES, type Lane } from "../nats/subjects.js";

const WEIGHTS: Readonly<Record<Lane, number>> = { high: 8, normal: 3, low: 1 };
const TOTAL = 12;

/**
 * A lane that was not asked for this long goes first. Where each order takes longer the lanes take turns: twelve long jobs
 * before one low order are too many.
 */
export const LANE_AGE_MS = 60_000;

export class LaneSchedule {
  readonly #nowMs: () => number;
  readonly #credit: Record<Lane, number> = { high: 0, normal: 0, low: 0 };
  readonly #askedAtMs: Record<Lane, number>;

  /** The clock need not be that of the wall, but must not go back. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    const startMs = nowMs();
    this.#askedAtMs = { high: startMs, normal: startMs, low: startMs };
  }

  /** The lanes: first those not asked for too long, the longest first, then the one with the most credit. */
  order(): Lane[] {
    const nowMs = this.#nowMs();
    const overdueMs = (lane: Lane) => Math.max(0, nowMs - this.#askedAtMs[lane] - LANE_AGE_MS);
    return [...LANES].sort(
      (a, b) => overdueMs(b) - overdueMs(a) || this.#weighted(b) - this.#weighted(a),
    );
  }

  /** An order of this lane is asked for: every lane gains its weight, this one pays for all. */
  served(lane: Lane): void {
    this.#askedAtMs[lane] = this.#nowMs();
    for (const each of LANES) this.#credit[each] = Math.min(this.#weighted(each), TOTAL);
    // Turns out of order leave no debt behind that would keep the lane away afterwards.
    this.#credit[lane] = Math.max(this.#credit[lane] - TOTAL, -TOTAL);
  }

  /** An order was not there after all: the lane gets back what it paid. */
  notServed(lane: Lane): void {
    this.#credit[lane] += TOTAL;
  }

  #weighted(lane: Lane): number {
    return this.#credit[lane] + WEIGHTS[lane];
  }
}

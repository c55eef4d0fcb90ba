/** Which lane a free slot of a worker pulls from next, and whether a pull is worth making. */
import { LANES, type Lane } from "../stages.js";

const WEIGHTS: Readonly<Record<Lane, number>> = { high: 8, normal: 3, low: 1 };
const TOTAL = 12;

/**
 * A lane that was not asked for this long goes first. Where each order takes longer the lanes take turns: twelve long jobs
 * before one low order are too many.
 */
export const LANE_AGE_MS = 60_000;

/** The order in which a free slot tries the lanes: 8:3:1 by smooth weighted round robin; no lane waits much longer than LANE_AGE_MS. */
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

/** Estimates how many pulls of a lane are worth making, from nudges, polls and the orders that were pulled. */
export class LaneBacklog {
  /** What was there before this process listened is asked for too. */
  #expected = 1;
  /** Nudges since the beginning, so that an answer can tell those that came after its question. */
  #nudges = 0;

  get worthPulling(): boolean {
    return this.#expected > 0;
  }

  /** An order was published. */
  nudged(): void {
    this.#nudges += 1;
    this.#expected += 1;
  }

  /** Nobody nudges for an order that comes again, and a nudge may be lost: now and then one is expected anyway. */
  polled(): void {
    this.#expected = Math.max(1, this.#expected);
  }

  /** A pull begins. The ticket goes with its answer. */
  pulling(): number {
    this.#expected -= 1;
    return this.#nudges;
  }

  /**
   * The pull has brought an order, with `pending` not yet delivered behind it. Orders that come again are not among them, but
   * they come together, so that behind one another is expected.
   */
  found(ticket: number, pending: number, redelivered: boolean): void {
    const behind = redelivered ? Math.max(1, pending) : pending;
    this.#expected = Math.max(behind, this.#nudges - ticket);
  }

  /** The pull has brought nothing: only what was published since is worth another. */
  empty(ticket: number): void {
    this.#expected = Math.min(this.#expected, this.#nudges - ticket);
  }
}

/**
 * Two in-memory helpers of the order puller: LaneSchedule chooses the lane (priority queue) that a
 * free slot pulls from next, by weight and by waiting time; LaneBacklog estimates whether a lane
 * has orders, so that no pulls are wasted on empty lanes.
 */
import { LANES, type Lane } from "../stages.js";

const WEIGHTS: Readonly<Record<Lane, number>> = { high: 8, normal: 3, low: 1 };
const TOTAL = 12;

/**
 * A lane that was not pulled from for this long goes first. If each order takes longer than this,
 * the lanes take turns: a low order would wait too long behind twelve long jobs.
 */
export const LANE_AGE_MS = 60_000;

/**
 * The order in which a free slot tries the lanes: 8:3:1 by smooth weighted round robin; no lane
 * waits much longer than LANE_AGE_MS.
 */
export class LaneSchedule {
  readonly #nowMs: () => number;
  readonly #credit: Record<Lane, number> = { high: 0, normal: 0, low: 0 };
  readonly #pulledAtMs: Record<Lane, number>;

  /** `nowMs` is any clock that does not go back. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
    const startMs = nowMs();
    this.#pulledAtMs = { high: startMs, normal: startMs, low: startMs };
  }

  /**
   * The lanes in the order to try them: overdue ones first, the longest overdue before the others,
   * then by credit.
   */
  order(): Lane[] {
    const nowMs = this.#nowMs();
    const overdueMs = (lane: Lane) => Math.max(0, nowMs - this.#pulledAtMs[lane] - LANE_AGE_MS);
    return [...LANES].sort(
      (a, b) => overdueMs(b) - overdueMs(a) || this.#weighted(b) - this.#weighted(a),
    );
  }

  /** A pull from this lane begins: every lane gains its weight, and this lane pays the total. */
  served(lane: Lane): void {
    this.#pulledAtMs[lane] = this.#nowMs();
    for (const name of LANES) this.#credit[name] = Math.min(this.#weighted(name), TOTAL);
    // Limits the debt of a lane that went first because it was overdue, so that it is not starved
    // later.
    this.#credit[lane] = Math.max(this.#credit[lane] - TOTAL, -TOTAL);
  }

  /** The pull found no order: the lane gets back what it paid. */
  notServed(lane: Lane): void {
    this.#credit[lane] += TOTAL;
  }

  #weighted(lane: Lane): number {
    return this.#credit[lane] + WEIGHTS[lane];
  }
}

/**
 * Estimates how many pulls of a lane are worth making, from nudges, polls and the orders that were
 * pulled.
 */
export class LaneBacklog {
  /** Starts at 1, because orders may have been published before this process listened. */
  #expected = 1;
  /**
   * Nudges received so far; a pull compares it with its ticket to count those that came after its
   * beginning.
   */
  #nudges = 0;

  get worthPulling(): boolean {
    return this.#expected > 0;
  }

  /** An order was published. */
  nudged(): void {
    this.#nudges += 1;
    this.#expected += 1;
  }

  /** Expects at least one order: redelivered orders have no nudge, and a nudge can be lost. */
  polled(): void {
    this.#expected = Math.max(1, this.#expected);
  }

  /** A pull begins. Returns a ticket to pass to `found` or `empty`. */
  pulling(): number {
    this.#expected -= 1;
    return this.#nudges;
  }

  /**
   * The pull returned an order, and `pending` others were not delivered yet. Redelivered orders are
   * not counted in `pending`; as they usually come together, another one is expected after one.
   */
  found(ticket: number, pending: number, redelivered: boolean): void {
    const behind = redelivered ? Math.max(1, pending) : pending;
    this.#expected = Math.max(behind, this.#nudges - ticket);
  }

  /**
   * The pull returned nothing: only orders published since its beginning are worth another pull.
   */
  empty(ticket: number): void {
    this.#expected = Math.min(this.#expected, this.#nudges - ticket);
  }
}

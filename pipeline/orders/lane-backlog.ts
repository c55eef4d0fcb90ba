/** How many pulls of a lane are worth making: what nudges, polls and the orders themselves tell of those that wait. */
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

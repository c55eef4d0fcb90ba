/**
 * The order in which the GL thread gets its work: pictures that somebody waits for at a screen go
 * before the frames of jobs, but never two of them while a frame waits, so that no job stands
 * still.
 */

export type GlLane = "high" | "normal";

/**
 * One piece of work in the thread and one behind it, so that the thread never waits for this one.
 */
const IN_THREAD = 2;

export class GlLanes {
  readonly #waiting: Readonly<Record<GlLane, (() => void)[]>> = { high: [], normal: [] };
  #inThread = 0;
  #last: GlLane = "normal";

  /** Runs `work`, which asks the thread for one thing; in their order within a lane. */
  async pass<T>(lane: GlLane, work: () => Promise<T>): Promise<T> {
    if (this.#inThread >= IN_THREAD) {
      await new Promise<void>((admit) => this.#waiting[lane].push(admit));
    } else {
      this.#inThread += 1;
      this.#last = lane;
    }
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Whoever waits takes the place over, so that no newcomer can. */
  #leave(): void {
    const { high, normal } = this.#waiting;
    const lane =
      high.length > 0 && (this.#last !== "high" || normal.length === 0) ? "high" : "normal";
    const admit = this.#waiting[lane].shift();
    if (!admit) {
      this.#inThread -= 1;
      return;
    }
    this.#last = lane;
    admit();
  }
}

/** The end of a job as one watcher is told it: it moves towards each new estimate without jumps. */
import type { Outlook } from "./job-outlook.js";

/** Share of the way to the new estimate. */
const STEP = 0.4;
/** Below this, a watcher is not told of a change alone. */
const TELLING_MS = 2_000;

export class SmoothEnd {
  #told: Outlook = {};

  /** What to tell now. */
  next({ endAtMs, ...rest }: Outlook, nowMs = Date.now()): Outlook {
    const before = this.#told.endAtMs;
    const smooth =
      endAtMs === undefined || before === undefined ? endAtMs : before + STEP * (endAtMs - before);
    this.#told = { ...rest, ...(smooth !== undefined && { endAtMs: Math.max(smooth, nowMs) }) };
    return this.#told;
  }

  /** Whether a new outlook differs enough from what was told. */
  isNews({ queuePosition, endAtMs }: Outlook): boolean {
    if (queuePosition !== this.#told.queuePosition) return true;
    if (endAtMs === undefined) return false;
    return Math.abs(endAtMs - (this.#told.endAtMs ?? Number.NEGATIVE_INFINITY)) >= TELLING_MS;
  }
}

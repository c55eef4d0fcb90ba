/**
 * How many cameras of a session are taken: each costs the gateway the same, whether it is drawn or
 * passed over. A caller that sends more is not refused but falls behind, because HTTP/2 makes it
 * wait.
 */
import { pause } from "../../../kit/async/delay.js";

/** More than any screen shows or any hand moves. */
export const CAMERAS_PER_SECOND = 250;
/** What a sender may be ahead: cameras often come several at once. */
const AHEAD_MS = 250;

export class CameraPace {
  /** When the cameras until now would all have come at the highest rate. */
  #dueMs = Number.NEGATIVE_INFINITY;

  /** A camera was taken. Resolves when another one may be. */
  async passed(): Promise<void> {
    const nowMs = performance.now();
    this.#dueMs = Math.max(this.#dueMs, nowMs) + 1_000 / CAMERAS_PER_SECOND;
    const aheadMs = this.#dueMs - nowMs;
    // Not a wait for each: many cameras are taken together then.
    if (aheadMs > AHEAD_MS) await pause(AHEAD_MS / 5);
  }
}

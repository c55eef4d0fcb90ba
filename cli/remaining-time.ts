/** How long a job still takes: by the speed of its frames, before that as the server expects it. */
import type { JobProgress } from "../proto/gen/depthmesh/v1/job.js";

/** What a server expects beyond that is the difference of two clocks. */
const MOST_EXPECTED_SECONDS = 24 * 3600;
/** Below this share of the frames the first seconds, in which everything starts, count too much. */
const LEAST = 0.1;

export class RemainingTime {
  #begin: { readonly atMs: number; readonly done: number } | undefined;

  /**
   * Seconds that the job needs from now on; undefined while that cannot be told. The last stage
   * that has begun decides, because the stages work at the same time.
   */
  after(progress: JobProgress, nowMs: number): number | undefined {
    return this.#bySpeed(progress, nowMs) ?? expectedSeconds(progress, nowMs);
  }

  #bySpeed({ render, encode }: JobProgress, nowMs: number): number | undefined {
    const done = encode > 0 ? encode : render;
    if (done <= 0) return undefined;
    this.#begin ??= { atMs: nowMs, done };
    const { atMs, done: before } = this.#begin;
    // Encode begins behind render: its first report would look like a step back.
    if (done < before) this.#begin = { atMs: nowMs, done };
    const made = done - before;
    if (made < LEAST || done >= 1) return done >= 1 ? 0 : undefined;
    return ((nowMs - atMs) / 1000) * ((1 - done) / made);
  }
}

function expectedSeconds({ estimatedEndTime }: JobProgress, nowMs: number): number | undefined {
  if (!estimatedEndTime) return undefined;
  const seconds = (estimatedEndTime.getTime() - nowMs) / 1000;
  return seconds > 0 && seconds < MOST_EXPECTED_SECONDS ? seconds : undefined;
}

/**
 * Detects a stall: a process, thread or stream that somebody waits for makes no progress for too
 * long. Where its processor time is known, using it counts as progress.
 */
import { DepthmeshError } from "../../core/errors.js";

/** Checks per time limit. A stall is found at most one check after its limit. */
const CHECKS = 8;
/** A part that uses less than this fraction of one processor does not work. */
const MIN_PROCESSOR_SHARE = 0.01;

export interface StallLimits {
  /** Time without progress after which `stalled` is called. */
  readonly stallMs: number;
  /**
   * Processor time that the part has used. Using it counts as progress, even if no result is
   * visible yet.
   */
  readonly processorMs?: () => number | undefined;
  readonly stalled: () => void;
}

/**
 * Watches only while somebody waits for the part: from `begin` to `end`. Time is counted in checks,
 * because a pause of this whole process (a stop, a suspended machine) makes only one check late and
 * is not blamed on the part.
 */
export class StallWatch {
  readonly #limits: StallLimits;
  #timer: NodeJS.Timeout | undefined;
  #idleChecks = 0;
  #processorMs = 0;

  constructor(limits: StallLimits) {
    this.#limits = limits;
  }

  /** Starts the watch; no effect if it is running already. */
  begin(): void {
    if (this.#timer) return;
    this.progress();
    this.#scheduleCheck();
  }

  /** Reports progress: the time starts again. */
  progress(): void {
    this.#idleChecks = 0;
    this.#processorMs = this.#limits.processorMs?.() ?? 0;
  }

  /** Ends the watch: nobody waits for the part. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #scheduleCheck(): void {
    this.#timer = setTimeout(() => this.#check(), this.#limits.stallMs / CHECKS);
  }

  #check(): void {
    const { stallMs, processorMs, stalled } = this.#limits;
    const usedMs = (processorMs?.() ?? 0) - this.#processorMs;
    if (usedMs > 0 && usedMs >= stallMs * MIN_PROCESSOR_SHARE) this.progress();
    else this.#idleChecks += 1;
    if (this.#idleChecks < CHECKS) {
      this.#scheduleCheck();
    } else {
      this.end();
      stalled();
    }
  }
}

/**
 * The error for those who wait for a stalled part. `part` is its name, such as "the video encoder".
 */
export function stallError(part: string, stallMs: number, cause?: unknown): DepthmeshError {
  return new DepthmeshError("STAGE_STALLED", `${part} made no progress for ${stallMs} ms`, {
    metadata: { limit_ms: String(stallMs) },
    cause,
  });
}

/** Finds out that a part which others wait for makes no progress any more. */
import { DepthmeshError } from "../../core/errors.js";

/** A stall is found within one of these after its limit. */
const LOOKS = 8;
/** A part that has less of a processor than this fraction does not work. */
const LEAST_PROCESSOR_SHARE = 0.01;

export interface StallLimits {
  /** Time without progress after which `stalled` is called. */
  readonly stallMs: number;
  /** Processor time that the part has used: work that shows nothing yet is progress too. */
  readonly processorMs?: () => number | undefined;
  readonly stalled: () => void;
}

/**
 * Watches only while somebody waits: from `begin` to `end`. The time is counted in looks, so that a
 * stop of this process itself, which passes in one, is not blamed on the part.
 */
export class StallWatch {
  readonly #limits: StallLimits;
  #timer: NodeJS.Timeout | undefined;
  #idleLooks = 0;
  #processorMs = 0;

  constructor(limits: StallLimits) {
    this.#limits = limits;
  }

  /** Somebody waits from now on; what waits already goes on waiting. */
  begin(): void {
    if (this.#timer) return;
    this.progress();
    this.#lookLater();
  }

  /** The part has shown that it works. */
  progress(): void {
    this.#idleLooks = 0;
    this.#processorMs = this.#limits.processorMs?.() ?? 0;
  }

  /** Nobody waits any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => this.#look(), this.#limits.stallMs / LOOKS);
  }

  #look(): void {
    const { stallMs, processorMs, stalled } = this.#limits;
    const usedMs = (processorMs?.() ?? 0) - this.#processorMs;
    if (usedMs > 0 && usedMs >= stallMs * LEAST_PROCESSOR_SHARE) this.progress();
    else this.#idleLooks += 1;
    if (this.#idleLooks < LOOKS) {
      this.#lookLater();
    } else {
      this.end();
      stalled();
    }
  }
}

/** What those who wait for a stalled part are told. `part` is its name: "the video encoder". */
export function stallError(part: string, stallMs: number, cause?: unknown): DepthmeshError {
  return new DepthmeshError("STAGE_STALLED", `${part} made no progress for ${stallMs} ms`, {
    metadata: { limit_ms: String(stallMs) },
    cause,
  });
}

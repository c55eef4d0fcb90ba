/**
 * Whether ffmpeg hangs while it should read a socket. Only the renderer sees that nobody reads, and
 * only this side sees whether ffmpeg works: a slow encoder reads nothing for a while either.
 */

/** A process that uses less than this fraction of one processor does not work. */
const MIN_PROCESSOR_SHARE = 0.01;

export class IdleReader {
  readonly #stallMs: number;
  /** Where the time without work begins, in the renderer's count. */
  #idleFromMs = 0;
  #lastWaitedMs = 0;
  #processorMs = 0;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
  }

  /**
   * Call it each time the renderer says how long it has waited, with the processor time that ffmpeg
   * has used. True when ffmpeg has neither read nor worked for the time of a stall.
   */
  hangs(waitedMs: number, processorMs = 0): boolean {
    const isNewWait = waitedMs <= this.#lastWaitedMs || this.#lastWaitedMs === 0;
    this.#lastWaitedMs = waitedMs;
    const usedMs = processorMs - this.#processorMs;
    if (isNewWait || (usedMs > 0 && usedMs >= this.#stallMs * MIN_PROCESSOR_SHARE)) {
      this.#idleFromMs = isNewWait ? 0 : waitedMs;
      this.#processorMs = processorMs;
    }
    return waitedMs - this.#idleFromMs >= this.#stallMs;
  }
}

/** How far an index in memory has come in the bucket that it follows. */
import { DepthmeshError } from "../../core/errors.js";
import { Condition } from "../async/condition.js";

/** Until then, a reader waits for the changes that were made before it asked. */
const WAIT_LIMIT_MS = 2_000;

export class FollowedRevision {
  readonly #what: string;
  readonly #limitMs: number;
  /** Up to which all changes are known; -1 until the existing entries are. */
  #revision = -1;
  readonly #changed = new Condition();

  /** `what` the index holds, for errors: "uploads". */
  constructor(what: string, limitMs = WAIT_LIMIT_MS) {
    this.#what = what;
    this.#limitMs = limitMs;
  }

  /** The index has taken a change. */
  took(revision: number): void {
    // Before the existing entries are all known, a single change tells nothing.
    if (this.#revision >= 0) this.tookAll(revision);
  }

  /** The index has taken every change up to this one. */
  tookAll(revision: number): void {
    this.#revision = revision;
    this.#changed.notifyAll();
  }

  /**
   * Resolves when the index has taken every change up to `revision`. Throws BUS_UNAVAILABLE after
   * 2 s.
   */
  async reaches(revision: number): Promise<void> {
    const signal = AbortSignal.timeout(this.#limitMs);
    while (this.#revision < revision) {
      if (signal.aborted) {
        const message = `the gateway has not read all ${this.#what} yet`;
        throw new DepthmeshError("BUS_UNAVAILABLE", message);
      }
      await this.#changed.wait(signal);
    }
  }
}

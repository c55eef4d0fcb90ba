/**
 * Places for uploads, which keep their bytes in memory: how many run and wait at once, how long one
 * may wait, and how many of the places one peer may hold, so that no peer keeps all others out.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { onAbort } from "../../../kit/async/abort.js";

export interface PlaceLimits {
  readonly running: number;
  readonly waiting: number;
  /** The longest wait for a place, in milliseconds. */
  readonly waitMs: number;
}

/**
 * One of so many places is kept from a peer that holds all others; at least one, if there are two.
 */
const KEPT_SHARE = 8;

/** Who calls. */
export interface Caller {
  /** Address without the port. All callers of one host, or behind one proxy, are one peer. */
  readonly peer: string;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly peer: string;
  admit(): void;
}

export class UploadPlaces {
  readonly #limits: PlaceLimits;
  /** Places that each peer holds. */
  readonly #held = new Map<string, number>();
  #inside = 0;
  /** In the order of their calls. */
  readonly #queue: Waiting[] = [];

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /**
   * Runs `work` in a place. Throws RATE_LIMITED if too many wait or none was free in time, and the
   * signal's reason when it fires before.
   */
  async pass<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
    await this.#enter(caller);
    try {
      return await work();
    } finally {
      this.#leave(caller.peer);
    }
  }

  async #enter({ peer, signal }: Caller): Promise<void> {
    signal.throwIfAborted();
    if (this.#mayEnter(peer)) {
      this.#take(peer);
      return;
    }
    const ofPeer = this.#queue.filter((other) => other.peer === peer).length;
    const { waiting, waitMs } = this.#limits;
    if (this.#queue.length >= waiting || ofPeer >= shareOf(waiting)) {
      throw this.#refusal("too many uploads wait for a place");
    }
    await new Promise<void>((resolve, reject) => {
      const leaveQueue = () => {
        clearTimeout(timer);
        stopListening();
        this.#queue.splice(this.#queue.indexOf(entry), 1);
      };
      const entry: Waiting = {
        peer,
        admit: () => {
          leaveQueue();
          // Taken here, before the call resumes, so that no newcomer can take the place.
          this.#take(peer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        leaveQueue();
        reject(this.#refusal(`no place for the upload was free within ${waitMs} ms`));
      }, waitMs);
      this.#queue.push(entry);
      const stopListening = onAbort(signal, () => {
        leaveQueue();
        reject(signal.reason);
      });
    });
  }

  #mayEnter(peer: string): boolean {
    return (
      this.#inside < this.#limits.running && this.#heldBy(peer) < shareOf(this.#limits.running)
    );
  }

  #take(peer: string): void {
    this.#inside += 1;
    this.#held.set(peer, this.#heldBy(peer) + 1);
  }

  #leave(peer: string): void {
    this.#inside -= 1;
    const left = this.#heldBy(peer) - 1;
    if (left > 0) this.#held.set(peer, left);
    else this.#held.delete(peer);
    this.#next()?.admit();
  }

  /** The first that waits, of the peer that holds the fewest places. */
  #next(): Waiting | undefined {
    const possible = this.#queue.filter(({ peer }) => this.#mayEnter(peer));
    const fewest = Math.min(...possible.map(({ peer }) => this.#heldBy(peer)));
    return possible.find(({ peer }) => this.#heldBy(peer) === fewest);
  }

  #heldBy(peer: string): number {
    return this.#held.get(peer) ?? 0;
  }

  #refusal(message: string): DepthmeshError {
    const { running, waiting, waitMs } = this.#limits;
    return new DepthmeshError("RATE_LIMITED", message, {
      metadata: {
        limit_running: String(running),
        limit_waiting: String(waiting),
        limit_wait_milliseconds: String(waitMs),
      },
    });
  }
}

/** How many of `places` one peer may hold. */
function shareOf(places: number): number {
  return places <= 1 ? places : places - Math.max(1, Math.floor(places / KEPT_SHARE));
}

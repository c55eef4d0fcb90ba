/**
 * The deliveries that wait for one webhook, the next one due first, and how many of them run. Each
 * webhook has its own few places: an address that does not answer keeps no other one waiting.
 */

/** Messages that are sent to a webhook at once, while it takes them. */
const PLACES = 4;
/** After a failure, until one is taken. */
const PLACES_IN_DOUBT = 1;

interface Waiting {
  readonly key: string;
  readonly atMs: number;
  /** Of the delivery, as it was when this time was chosen. */
  readonly revision: number;
}

/** A delivery that is due. */
export interface Taken {
  readonly key: string;
  readonly revision: number;
  /** Fires when it must not be sent any more. */
  readonly signal: AbortSignal;
}

export class Lane {
  /** Sorted by time. */
  readonly #waiting: Waiting[] = [];
  readonly #atMs = new Map<string, number>();
  readonly #running = new Map<string, AbortController>();
  #isInDoubt = false;
  #pausedUntilMs = 0;

  /** Nothing waits, and nothing runs. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0;
  }

  /** The delivery is due at `atMs`, whatever was known of it before. */
  put(key: string, revision: number, atMs: number): void {
    this.remove(key);
    this.#atMs.set(key, atMs);
    this.#waiting.splice(this.#placeOf(atMs), 0, { key, revision, atMs });
  }

  /** The delivery no longer waits. */
  remove(key: string): void {
    const atMs = this.#atMs.get(key);
    if (atMs === undefined) return;
    this.#atMs.delete(key);
    let place = this.#placeOf(atMs - 1);
    while (this.#waiting[place]?.key !== key) place += 1;
    this.#waiting.splice(place, 1);
  }

  /** The delivery that is due, if there is a place for it; call `end` when it is over. */
  take(nowMs: number): Taken | undefined {
    if (this.nextAtMs() > nowMs) return undefined;
    const next = this.#waiting.find(({ key }) => !this.#running.has(key));
    if (!next || next.atMs > nowMs) return undefined;
    this.remove(next.key);
    const controller = new AbortController();
    this.#running.set(next.key, controller);
    return { key: next.key, revision: next.revision, signal: controller.signal };
  }

  /** A delivery that was taken is over; `wasTaken` is undefined if it was not sent. */
  end(key: string, wasTaken: boolean | undefined): void {
    this.#running.delete(key);
    if (wasTaken !== undefined) this.#isInDoubt = !wasTaken;
  }

  /** Nothing is sent until then. */
  pause(untilMs: number): void {
    this.#pausedUntilMs = untilMs;
  }

  /** Ends what runs. */
  abort(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  /** When `take` may give one; infinite while that depends on one that runs. */
  nextAtMs(): number {
    const first = this.#waiting[0];
    const places = this.#isInDoubt ? PLACES_IN_DOUBT : PLACES;
    if (!first || this.#running.size >= places) return Number.POSITIVE_INFINITY;
    return Math.max(first.atMs, this.#pausedUntilMs);
  }

  /** Index of the first one that is later than `atMs`. */
  #placeOf(atMs: number): number {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#waiting[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

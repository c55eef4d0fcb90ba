/**
 * Places for uploads, which keep their bytes in memory: how many run and wait at once, how long one
 * may wait, and how many of the places one tenant, and one peer of a tenant, may hold, so that
 * nobody keeps all others out.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { onAbort } from "../../../kit/async/abort.js";
import { type Identity, TRUSTED } from "../../../kit/rpc/identity.js";

export interface PlaceLimits {
  readonly running: number;
  readonly waiting: number;
  /** The longest wait for a place, in milliseconds. */
  readonly waitMs: number;
}

/**
 * One of so many places is kept from whoever holds all others; at least one, if there are two.
 */
const KEPT_SHARE = 8;

/** Who calls. */
export interface Caller {
  /** Address without the port. All callers of one host, or behind one proxy, are one peer. */
  readonly peer: string;
  readonly identity: Identity;
  readonly signal: AbortSignal;
}

/** For whom a place is: a tenant, and one of its peers, which is another one for each tenant. */
interface Party {
  readonly tenant: string;
  readonly peer: string;
  /** Nobody is asked who calls, so that there are no other tenants. */
  readonly isOnlyTenant: boolean;
}

interface Waiting {
  readonly party: Party;
  admit(): void;
}

export class UploadPlaces {
  readonly #limits: PlaceLimits;
  readonly #inside = new Holders();
  /** In the order of their calls. */
  readonly #queue: Waiting[] = [];

  constructor(limits: PlaceLimits) {
    this.#limits = limits;
  }

  /** How many uploads have a place. */
  get receiving(): number {
    return this.#inside.all;
  }

  /** How many wait for one. */
  get waiting(): number {
    return this.#queue.length;
  }

  /**
   * Runs `work` in a place. Throws RATE_LIMITED if too many wait or none was free in time, and the
   * signal's reason when it fires before.
   */
  async pass<T>(caller: Caller, work: () => Promise<T>): Promise<T> {
    const party = partyOf(caller);
    await this.#enter(party, caller.signal);
    try {
      return await work();
    } finally {
      this.#inside.remove(party);
      this.#next()?.admit();
    }
  }

  async #enter(party: Party, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { running, waiting, waitMs } = this.#limits;
    if (this.#inside.hasRoom(party, running)) {
      this.#inside.add(party);
      return;
    }
    const queued = new Holders();
    for (const other of this.#queue) queued.add(other.party);
    if (!queued.hasRoom(party, waiting)) throw this.#refusal("too many uploads wait for a place");
    await new Promise<void>((resolve, reject) => {
      const leaveQueue = () => {
        clearTimeout(timer);
        stopListening();
        this.#queue.splice(this.#queue.indexOf(entry), 1);
      };
      const entry: Waiting = {
        party,
        admit: () => {
          leaveQueue();
          // Taken here, before the call resumes, so that no newcomer can take the place.
          this.#inside.add(party);
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

  /** The first that waits, of the tenant that holds the fewest places, then of such a peer. */
  #next(): Waiting | undefined {
    const possible = this.#queue.filter(({ party }) =>
      this.#inside.hasRoom(party, this.#limits.running),
    );
    const byTenant = withFewest(possible, ({ party }) => this.#inside.ofTenant(party));
    return withFewest(byTenant, ({ party }) => this.#inside.ofPeer(party))[0];
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

/** How many places each tenant and each of its peers holds. */
class Holders {
  #all = 0;
  readonly #tenants = new Map<string, number>();
  readonly #peers = new Map<string, number>();

  /** Whether the party may have one more of `places`. */
  hasRoom(party: Party, places: number): boolean {
    const ofTenant = party.isOnlyTenant ? places : shareOf(places);
    return (
      this.#all < places &&
      this.ofTenant(party) < ofTenant &&
      this.ofPeer(party) < shareOf(ofTenant)
    );
  }

  get all(): number {
    return this.#all;
  }

  ofTenant({ tenant }: Party): number {
    return this.#tenants.get(tenant) ?? 0;
  }

  ofPeer({ peer }: Party): number {
    return this.#peers.get(peer) ?? 0;
  }

  add(party: Party): void {
    this.#change(party, 1);
  }

  remove(party: Party): void {
    this.#change(party, -1);
  }

  #change({ tenant, peer }: Party, change: 1 | -1): void {
    this.#all += change;
    for (const [held, key] of [[this.#tenants, tenant] as const, [this.#peers, peer] as const]) {
      const next = (held.get(key) ?? 0) + change;
      if (next > 0) held.set(key, next);
      else held.delete(key);
    }
  }
}

function partyOf({ peer, identity }: Caller): Party {
  const { tenant } = identity;
  return { tenant, peer: `${tenant} ${peer}`, isOnlyTenant: identity === TRUSTED };
}

/** How many of `places` one tenant, or one peer, may hold. */
function shareOf(places: number): number {
  return places <= 1 ? places : places - Math.max(1, Math.floor(places / KEPT_SHARE));
}

/** Those with the lowest number, in their order. */
function withFewest<T>(items: readonly T[], numberOf: (item: T) => number): T[] {
  const fewest = Math.min(...items.map(numberOf));
  return items.filter((item) => numberOf(item) === fewest);
}

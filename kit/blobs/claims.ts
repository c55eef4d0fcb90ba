import type { RemovalWindow } from "./object-store.js";

/**
 * Claims on blobs: who is about to refer to which blob. Until the reference is stored, nothing else
 * tells that the blob is needed, so whoever removes blobs asks here.
 */
export interface Claims {
  /** Other gateways claim blobs too. */
  readonly isShared: boolean;
  /**
   * Call it before the blob is written or renewed. When it resolves, nobody removes the blob, or
   * somebody has. Throws BUS_UNAVAILABLE.
   */
  claim(owner: string, sha256: string): Promise<void>;
  /** A claim that every gateway finds out for itself. */
  note(owner: string, sha256: string): void;
  /** The owner's references are stored, or it needs none any more. */
  release(owner: string): void;
  /** Releases those of the owner's claims whose blobs are now referred to. */
  settle(owner: string, referred: ReadonlySet<string>): void;
  /** What an owner has claimed. */
  of(owner: string): readonly string[];
  /**
   * All claims of now and of the time until `end`, also those that are released meanwhile: their
   * references may be stored too late for a reader that began before.
   */
  observe(): ObservedClaims;
  /**
   * Forgets claims of others that died and have expired since, except those of owners of which
   * `lives` is true. Throws BUS_UNAVAILABLE.
   */
  forgetExpired(lives: (owner: string) => boolean): Promise<void>;
  /** Resolves when all claims that were made before this call are known. Throws BUS_UNAVAILABLE. */
  upToDate(): Promise<void>;
  /**
   * Runs `work`, which removes those of the blobs that nobody needs. Claims on them that `work`
   * cannot know wait until it has ended. It gives the window to each removal. For some blobs at a
   * time: the window is short. Throws BUS_UNAVAILABLE.
   */
  whileRemoving<T>(
    hashes: Iterable<string>,
    work: (window: RemovalWindow) => Promise<T>,
  ): Promise<T>;
}

/** Of one process, in its memory. */
export class BlobClaims implements Claims {
  readonly isShared = false;
  readonly #hashesByOwner = new Map<string, Set<string>>();
  readonly #observations = new Set<ObservedClaims>();

  async claim(owner: string, sha256: string): Promise<void> {
    this.note(owner, sha256);
  }

  note(owner: string, sha256: string): void {
    const hashes = this.#hashesByOwner.get(owner) ?? new Set();
    this.#hashesByOwner.set(owner, hashes.add(sha256));
    for (const observation of this.#observations) observation.add(owner, sha256);
  }

  release(owner: string): void {
    this.#hashesByOwner.delete(owner);
  }

  /** One claim is released. */
  drop(owner: string, sha256: string): void {
    this.settle(owner, new Set([sha256]));
  }

  settle(owner: string, referred: ReadonlySet<string>): void {
    const hashes = this.#hashesByOwner.get(owner);
    for (const sha256 of hashes ?? []) if (referred.has(sha256)) hashes?.delete(sha256);
    if (hashes?.size === 0) this.#hashesByOwner.delete(owner);
  }

  of(owner: string): readonly string[] {
    return [...(this.#hashesByOwner.get(owner) ?? [])];
  }

  /** Whatever dies takes its claims with it. */
  async forgetExpired(): Promise<void> {}

  async upToDate(): Promise<void> {}

  whileRemoving<T>(
    _hashes: Iterable<string>,
    work: (window: RemovalWindow) => Promise<T>,
  ): Promise<T> {
    return work({ isOpen: () => true, begin: () => true });
  }

  observe(): ObservedClaims {
    const observation = new ObservedClaims(this.#hashesByOwner, () =>
      this.#observations.delete(observation),
    );
    this.#observations.add(observation);
    return observation;
  }
}

export class ObservedClaims {
  readonly #owners = new Map<string, Set<string>>();
  readonly end: () => void;

  constructor(now: ReadonlyMap<string, ReadonlySet<string>>, end: () => void) {
    this.end = end;
    for (const [owner, hashes] of now) for (const sha256 of hashes) this.add(owner, sha256);
  }

  add(owner: string, sha256: string): void {
    const owners = this.#owners.get(sha256) ?? new Set();
    this.#owners.set(sha256, owners.add(owner));
  }

  /** Owners that have claimed the blob at any moment of the observation. */
  ownersOf(sha256: string): readonly string[] {
    return [...(this.#owners.get(sha256) ?? [])];
  }
}

/**
 * Damaged blobs, kept apart for a while: their hashes count as missing, with a reason that says
 * why, and a person can look at the bytes.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

/** How long a damaged blob is kept. */
const KEEP_MS = 7 * 24 * 3_600_000;

export class SetAsideBlobs {
  readonly #folder: string;
  readonly #hashes: Set<string>;
  readonly #isReadOnly: boolean;

  /**
   * Creates the folder, unless it `isReadOnly`, as another process's is, and finds the blobs that
   * were set aside before.
   */
  constructor(folder: string, isReadOnly: boolean) {
    this.#folder = folder;
    this.#isReadOnly = isReadOnly;
    if (!isReadOnly) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#hashes = new Set(existsSync(folder) ? readdirSync(folder) : []);
  }

  has(sha256: string): boolean {
    return this.#hashes.has(sha256);
  }

  /** Moves a file here. On a read-only disk it stays where it is, and is found damaged again. */
  take(sha256: string, path: string): void {
    this.#hashes.add(sha256);
    if (this.#isReadOnly) return;
    try {
      renameSync(path, join(this.#folder, sha256));
    } catch {
      // The next reader tries again.
    }
  }

  /** Deletes a blob that was written again, or that nobody needs. */
  forget(sha256: string): void {
    if (this.#hashes.delete(sha256)) rmSync(join(this.#folder, sha256), { force: true });
  }

  forgetOld(): void {
    for (const sha256 of readdirSync(this.#folder)) {
      const facts = statSync(join(this.#folder, sha256), { throwIfNoEntry: false });
      if (facts && Date.now() - facts.ctimeMs > KEEP_MS) this.forget(sha256);
    }
  }
}

/**
 * The files of blobs in a folder, and whether their bytes still have the hashes that name them. A
 * damaged one is set aside: it counts as missing, so that what can be made again is made again.
 */
import { type Stats, statSync } from "node:fs";
import { stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../core/errors.js";
import { count } from "../telemetry/counters.js";
import { BlobChecks, blobCorrupt, hashOfFile } from "./blob-checks.js";
import { isMissing } from "./durable.js";
import { SetAsideBlobs } from "./set-aside.js";

export interface SoundFilesOptions {
  /** Called for each blob that was found damaged, with how many were so far. */
  readonly onCorrupt?: ((sha256: string, counted: number) => void) | undefined;
  readonly isReadOnly?: boolean;
}

export class SoundFiles {
  readonly #folder: string;
  readonly #onCorrupt: ((sha256: string, counted: number) => void) | undefined;
  readonly #corrupt: SetAsideBlobs;
  readonly #checks = new BlobChecks();
  readonly #checking = new Map<string, Promise<boolean>>();

  /** Where `isReadOnly`, what is damaged stays where it is. */
  constructor(folder: string, { onCorrupt, isReadOnly = false }: SoundFilesOptions) {
    this.#folder = folder;
    this.#onCorrupt = onCorrupt;
    this.#corrupt = new SetAsideBlobs(join(folder, "corrupt"), isReadOnly);
  }

  path(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }

  /** Whether the file was found sound in this state, not long ago. */
  isFresh(sha256: string, facts: Stats): boolean {
    return this.#checks.isFresh(sha256, facts);
  }

  /** A file whose bytes were hashed as they were written is in its place. */
  async written(sha256: string): Promise<void> {
    this.#checks.remember(sha256, await stat(this.path(sha256)));
    this.#corrupt.forget(sha256);
  }

  /** Deletes what was set aside. */
  forgetDamage(sha256: string): void {
    this.#corrupt.forget(sha256);
  }

  /** Deletes what was set aside long ago. */
  forgetOldDamage(): void {
    this.#corrupt.forgetOld();
  }

  /** Throws BLOB_NOT_FOUND, and BLOB_CORRUPT for one that was set aside. */
  async facts(sha256: string): Promise<Stats> {
    try {
      return await stat(this.path(sha256));
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (this.#corrupt.has(sha256)) throw blobCorrupt(sha256);
      throw new DepthmeshError("BLOB_NOT_FOUND", "there is no such blob", {
        metadata: { sha256 },
        cause: error,
      });
    }
  }

  /** Hashes a blob; several callers at once share the work. */
  isSound(sha256: string): Promise<boolean> {
    const running = this.#checking.get(sha256);
    if (running) return running;
    const check = async () => {
      const facts = await this.facts(sha256);
      return this.judge(sha256, facts, await hashOfFile(this.path(sha256)));
    };
    const checking = check().finally(() => this.#checking.delete(sha256));
    this.#checking.set(sha256, checking);
    return checking;
  }

  /** Whether the file that `facts` describe has the right hash; sets it aside if not. */
  judge(sha256: string, facts: Stats, actual: string): boolean {
    if (actual === sha256) {
      this.#checks.remember(sha256, facts);
      return true;
    }
    const path = this.path(sha256);
    // Synchronous on purpose: a writer may have put a sound file in its place.
    if (statSync(path, { throwIfNoEntry: false })?.ino !== facts.ino) return false;
    this.#checks.forget(sha256);
    this.#corrupt.take(sha256, path);
    this.#onCorrupt?.(sha256, count("corrupt_blobs"));
    return false;
  }

  /** Sets a blob's times to now; false if it is damaged. Throws ENOENT if there is none. */
  async touch(sha256: string): Promise<boolean> {
    const path = this.path(sha256);
    const now = new Date();
    const before = await stat(path);
    await utimes(path, now, now);
    const after = await stat(path);
    this.#checks.carryOver(sha256, before, after);
    return this.#checks.isFresh(sha256, after) || this.isSound(sha256);
  }
}

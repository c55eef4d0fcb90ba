/**
 * Quarantined files in a folder of this machine, one for each job; they are hard links to blobs.
 */
import { access, mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "../../../kit/blobs/store.js";
import type { KeptFile, QuarantineStorage } from "./quarantine.js";
import { unlessGone } from "./quarantine.js";

/** Suffix of folders that are not complete yet. */
const PARTIAL = ".partial";

export class QuarantineFolder implements QuarantineStorage {
  readonly #folder: string;
  readonly #blobs: Pick<BlobStore, "link">;

  constructor(folder: string, blobs: Pick<BlobStore, "link">) {
    this.#folder = folder;
    this.#blobs = blobs;
  }

  has(job: string): Promise<boolean> {
    return exists(join(this.#folder, job));
  }

  /** The folder gets its final name last. */
  async keep(job: string, files: readonly KeptFile[], facts: string): Promise<void> {
    const final = join(this.#folder, job);
    const partial = `${final}${PARTIAL}`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { recursive: true });
    for (const [name, sha256] of files) {
      await unlessGone(() => this.#blobs.link(sha256, join(partial, name)));
    }
    await writeFile(join(partial, "facts.json"), facts);
    await rename(partial, final);
  }

  async clear(beforeMs: number): Promise<void> {
    if (!(await exists(this.#folder))) return;
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const { mtimeMs } = await stat(path);
      const isOver = mtimeMs <= beforeMs || name.endsWith(PARTIAL);
      if (isOver) await rm(path, { recursive: true, force: true });
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

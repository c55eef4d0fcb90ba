/** A folder on a small file system of its own, so that a test or a fault can fill its disk. */
import { execFile } from "node:child_process";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { succeeds } from "./eventually.js";

const run = promisify(execFile);
const FILLER = "filler";

export class SmallDisk {
  readonly folder: string;
  readonly #canBeFull: boolean;

  private constructor(folder: string, canBeFull: boolean) {
    this.folder = folder;
    this.#canBeFull = canBeFull;
  }

  /** Without the permission to mount it stays an ordinary folder, which cannot be filled. */
  static async mount(folder: string, sizeMib: number): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    const size = `size=${sizeMib}m`;
    const mounted = await succeeds(run("mount", ["-t", "tmpfs", "-o", size, "tmpfs", folder]));
    return new SmallDisk(folder, mounted);
  }

  get canBeFull(): boolean {
    return this.#canBeFull;
  }

  /** Repeats until no space is left, because other processes use or free some meanwhile. */
  async fill(): Promise<void> {
    const filler = await open(join(this.folder, FILLER), "w");
    try {
      for (let size = 0; ; ) {
        const { bavail, bsize } = await statfs(this.folder);
        if (bavail === 0) return;
        const bytes = bavail * bsize;
        const range = ["-o", String(size), "-l", String(bytes)];
        if (await succeeds(run("fallocate", [...range, this.#filler]))) size += bytes;
      }
    } finally {
      await filler.close();
    }
  }

  async free(): Promise<void> {
    await rm(this.#filler, { force: true });
  }

  async unmount(): Promise<void> {
    if (this.#canBeFull) await run("umount", [this.folder]);
  }

  get #filler(): string {
    return join(this.folder, FILLER);
  }
}

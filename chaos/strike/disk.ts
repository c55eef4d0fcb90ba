/** A small file system of its own for one folder, so that it can be full. */
import { execFile } from "node:child_process";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const FILLER = "filler";

export class SmallDisk {
  readonly folder: string;
  readonly #canBeFull: boolean;

  private constructor(folder: string, canBeFull: boolean) {
    this.folder = folder;
    this.#canBeFull = canBeFull;
  }

  /** Where nothing may be mounted it is a folder like any other. */
  static async mount(folder: string, sizeMib: number): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    const mounted = await run("mount", [
      "-t",
      "tmpfs",
      "-o",
      `size=${sizeMib}m`,
      "tmpfs",
      folder,
    ]).then(
      () => true,
      () => false,
    );
    return new SmallDisk(folder, mounted);
  }

  get canBeFull(): boolean {
    return this.#canBeFull;
  }

  /** Others may take room meanwhile, so what is left after the first look is asked for again. */
  async fill(): Promise<void> {
    const filler = await open(join(this.folder, FILLER), "w");
    try {
      for (let size = 0; ; ) {
        const { bavail, bsize } = await statfs(this.folder);
        if (bavail === 0) return;
        const bytes = bavail * bsize;
        const took = await run("fallocate", [
          "-o",
          String(size),
          "-l",
          String(bytes),
          this.#filler,
        ]).then(
          () => true,
          () => false,
        );
        if (took) size += bytes;
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

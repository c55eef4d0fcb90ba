/**
 * The folder of an embedded catalogue: one process has it at a time, and one that cannot be opened
 * is set aside.
 */
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { lockFile } from "../../../kit/process/file-lock.js";
import { unpackTemplate } from "./embedded-template.js";

/** Gateways that share a folder of blobs have a catalogue each. */
const MAX_GATEWAYS = 64;
const DATA = "data";
const OWNER = "owner";

export class EmbeddedFolder {
  readonly path: string;
  readonly #unlock: () => void;

  private constructor(path: string, unlock: () => void) {
    this.path = path;
    this.#unlock = unlock;
  }

  /** Where it lies unless a setting says otherwise. */
  static defaultPath({
    catalogueFolder,
    blobFolder,
  }: {
    readonly catalogueFolder: string;
    readonly blobFolder: string;
  }): string {
    return resolve(catalogueFolder || join(dirname(resolve(blobFolder)), "catalogue"));
  }

  /** The first of `path`, `path`-2 and so on that no other process has. */
  static async take(path: string): Promise<EmbeddedFolder> {
    for (let number = 1; number <= MAX_GATEWAYS; number++) {
      const candidate = number === 1 ? path : `${path}-${number}`;
      await mkdir(candidate, { recursive: true, mode: 0o700 });
      const unlock = lockFile(join(candidate, OWNER));
      if (unlock) return new EmbeddedFolder(candidate, unlock);
    }
    throw new Error(`${MAX_GATEWAYS} processes have a catalogue in ${path} already`);
  }

  /** Whether this process would find a database that it has made before. */
  static holdsData(path: string): boolean {
    return existsSync(join(path, DATA));
  }

  /** The folder of the database, made from the template if there is none. */
  async data(): Promise<string> {
    const data = join(this.path, DATA);
    if (!existsSync(data)) await unpackTemplate(data);
    return data;
  }

  /** Keeps the database that cannot be used for who wants to look at it: the latest one. */
  async setAside(): Promise<string> {
    const aside = join(this.path, "damaged");
    await rm(aside, { recursive: true, force: true });
    await rename(join(this.path, DATA), aside);
    return aside;
  }

  release(): void {
    this.#unlock();
  }
}

/** The bytes of unfinished uploads in files of the folder `uploads`, which one gateway has. */
import type { Hash } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { OWNER_ONLY } from "../../../kit/blobs/durable.js";
import type { BlobStore } from "../../../kit/blobs/store.js";
import { assertRoom } from "../../../kit/process/disk-room.js";
import type { PartStorage } from "./open-part.js";
import { PartFile } from "./part-file.js";
import type { UploadRecord } from "./upload-record.js";

export interface FilePartsOptions {
  /** Of the blob store: a finished upload becomes a blob by a second name. */
  readonly folder: string;
  readonly blobs: Pick<BlobStore, "adopt">;
  /** Room in MiB that writing leaves on the disk. */
  readonly reserveMib: number;
  /** Ends the names of the files that this process writes. */
  readonly process: string;
}

export class FileParts implements PartStorage {
  readonly #options: FilePartsOptions;
  readonly #folder: string;

  private constructor(options: FilePartsOptions) {
    this.#options = options;
    this.#folder = join(options.folder, "uploads");
  }

  static async open(options: FilePartsOptions): Promise<FileParts> {
    const parts = new FileParts(options);
    await mkdir(parts.#folder, { recursive: true, mode: OWNER_ONLY });
    return parts;
  }

  assertRoom(): Promise<void> {
    return assertRoom(this.#folder, this.#options.reserveMib);
  }

  async open(record: UploadRecord, hash: Hash | undefined): Promise<PartFile | undefined> {
    const { id, file: from, committedBytes } = record;
    // They lie in objects: the mesh had another store.
    if (from === null && committedBytes > 0) return undefined;
    const name = `${id}.${this.#options.process}`;
    return PartFile.open({ folder: this.#folder, from, name, committedBytes, hash });
  }

  async toBlob({ file }: UploadRecord, sha256: string): Promise<void> {
    await this.#options.blobs.adopt(join(this.#folder, file ?? ""), sha256);
  }

  async remove(_id: string, names: readonly string[]): Promise<void> {
    for (const name of names) await rm(join(this.#folder, name), { force: true });
  }

  async removeLeftovers(
    beforeMs: number,
    isKept: (id: string, name: string) => Promise<boolean>,
  ): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.#folder)) {
      const [id = ""] = name.split(".");
      const facts = await stat(join(this.#folder, name)).catch(() => undefined);
      if (!facts || facts.mtimeMs >= beforeMs || (await isKept(id, name))) continue;
      await this.remove(id, [name]);
      removed += 1;
    }
    return removed;
  }
}

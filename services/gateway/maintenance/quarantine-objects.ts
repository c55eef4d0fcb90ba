/**
 * Quarantined files in the store that several gateways share: copies below `quarantine/{job}/`.
 * Each gateway may write them, and writes the same.
 */
import type { SharedBlobStore } from "../../../kit/blobs/store.js";
import type { KeptFile, QuarantineStorage } from "./quarantine.js";
import { unlessGone } from "./quarantine.js";

const PREFIX = "quarantine/";
const FACTS = "facts.json";

export class QuarantineObjects implements QuarantineStorage {
  readonly #blobs: Pick<SharedBlobStore, "read" | "objects">;

  constructor(blobs: Pick<SharedBlobStore, "read" | "objects">) {
    this.#blobs = blobs;
  }

  /** The facts are written last. */
  async has(job: string): Promise<boolean> {
    return (await this.#blobs.objects.head(`${PREFIX}${job}/${FACTS}`)) !== undefined;
  }

  async keep(job: string, files: readonly KeptFile[], facts: string): Promise<void> {
    const { objects } = this.#blobs;
    for (const [name, sha256] of files) {
      await unlessGone(() => objects.put(`${PREFIX}${job}/${name}`, this.#blobs.read(sha256)));
    }
    await objects.put(`${PREFIX}${job}/${FACTS}`, [Buffer.from(facts)]);
  }

  async clear(beforeMs: number): Promise<void> {
    const { objects } = this.#blobs;
    for await (const { key, modifiedAtMs } of objects.list(PREFIX)) {
      if (modifiedAtMs <= beforeMs) await objects.remove(key);
    }
  }
}

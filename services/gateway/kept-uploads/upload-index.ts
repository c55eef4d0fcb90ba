/**
 * In-memory index of all uploads, fed by a watch of their bucket. It claims the blobs of finished
 * ones, so that the deletion of a job spares them, and knows which are to be removed.
 */
import type { KV, KvEntry } from "nats";
import type { Claims } from "../../../kit/blobs/claims.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { FollowedRevision } from "../../../kit/nats/followed-revision.js";
import { lastRevision } from "../../../kit/nats/kv.js";
import { watchKv } from "../../../kit/nats/kv-watch.js";
import { UnreadableEntries } from "../../../kit/nats/unreadable.js";
import { isExpired, parseUploadRecord, type UploadRecord, uploadName } from "./upload-record.js";

type Known = Pick<UploadRecord, "id" | "tenant" | "expiresAtMs" | "sha256">;

export class UploadIndex {
  readonly #bus: Bus;
  readonly #bucket: KV;
  readonly #claims: Claims;
  readonly #unreadable: UnreadableEntries;
  readonly #uploads = new Map<string, Known>();
  readonly #countByTenant = new Map<string, number>();
  readonly #followed = new FollowedRevision("uploads");

  constructor(bus: Bus, bucket: KV, claims: Claims) {
    this.#bus = bus;
    this.#bucket = bucket;
    this.#claims = claims;
    this.#unreadable = new UnreadableEntries(bus.log);
  }

  /** Follows the bucket until the signal fires. */
  async run(signal: AbortSignal): Promise<void> {
    const changes = watchKv({ bus: this.#bus, bucket: this.#bucket, tellsVanished: true }, signal);
    for await (const change of changes) {
      if (change.kind === "current") this.#followed.tookAll(change.revision);
      else {
        this.#take(change.entry);
        this.#followed.took(change.entry.revision);
      }
    }
  }

  /**
   * Resolves when the index knows every upload that was stored before this call. Throws
   * BUS_UNAVAILABLE after 2 s.
   */
  async upToDate(): Promise<void> {
    await this.#followed.reaches(await lastRevision(this.#bucket));
  }

  /** How many uploads of a tenant exist, also finished ones. */
  countOf(tenant: string): number {
    return this.#countByTenant.get(tenant) ?? 0;
  }

  /** How many have not all of their bytes yet, and how many wait for their jobs. */
  countByState(): { readonly open: number; readonly finished: number } {
    let finished = 0;
    for (const upload of this.#uploads.values()) if (upload.sha256 !== null) finished += 1;
    return { open: this.#uploads.size - finished, finished };
  }

  /** Ids of the uploads whose time is over. */
  expired(nowMs: number): string[] {
    return [...this.#uploads.values()]
      .filter((upload) => isExpired(upload, nowMs))
      .map(({ id }) => id);
  }

  /** The upload has no record any more, whatever the watch has told. */
  forget(id: string): void {
    this.#drop(id);
    this.#claims.release(uploadName(id));
  }

  #take(entry: KvEntry): void {
    this.#drop(entry.key);
    if (entry.operation !== "PUT") {
      this.#claims.release(uploadName(entry.key));
      return;
    }
    try {
      const { id, tenant, expiresAtMs, sha256 } = parseUploadRecord(entry.string());
      this.#uploads.set(id, { id, tenant, expiresAtMs, sha256 });
      this.#countByTenant.set(tenant, this.countOf(tenant) + 1);
      if (sha256 !== null) this.#claims.note(uploadName(id), sha256);
    } catch (error) {
      this.#unreadable.skip(entry.bucket, entry.key, entry.revision, error);
    }
  }

  #drop(id: string): void {
    const known = this.#uploads.get(id);
    if (!known) return;
    this.#uploads.delete(id);
    const left = this.countOf(known.tenant) - 1;
    if (left > 0) this.#countByTenant.set(known.tenant, left);
    else this.#countByTenant.delete(known.tenant);
  }
}

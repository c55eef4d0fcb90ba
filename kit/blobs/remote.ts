/**
 * The workers' client of the gateway's BlobService, and BlobCache: values that reference blobs,
 * kept in a KV bucket for later jobs.
 */
import type { KV, KvEntry } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import {
  type BlobInfo,
  BlobServiceClient,
  type HoldBlobsResponse,
  type WriteBlobRequest,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import type { Log } from "../log.js";
import { UnreadableEntries } from "../nats/unreadable.js";
import { shuffled } from "../rpc/addresses.js";
import { chunksIn, chunksOf, collect } from "../rpc/chunks.js";
import {
  callClientStream,
  callUnary,
  meshClient,
  outgoingMetadata,
  readStream,
} from "../rpc/client.js";
import type { MeshAccess } from "../rpc/mesh-access.js";
import { Patience } from "../rpc/patience.js";
import { checkedChunks } from "./blob-checks.js";
import { type BlobFacts, blobName, parseBlobName } from "./store.js";

/** The job that a blob is written for, and the lease token that allows it. */
export interface BlobWriter {
  readonly job: string;
  readonly token: string;
}

/** How long a stage waits for a gateway that is replaced, or for another one. */
const PATIENCE_MS = 30_000;

export interface RemoteBlobsOptions {
  /** That of this process by default. */
  readonly access?: MeshAccess | undefined;
  /** How long every gateway may be away before SERVICE_UNAVAILABLE is thrown; 30 s by default. */
  readonly patienceMs?: number;
}

/** A gateway that goes away in the middle of a call costs that call: the next one has the rest. */
export class RemoteBlobs {
  readonly #client: BlobServiceClient;
  readonly #patienceMs: number;

  /**
   * host:port of the gateway's internal port, or of several (kit/rpc/addresses.ts), of which each
   * process takes one.
   */
  constructor(gatewayAddress: string, { access, patienceMs }: RemoteBlobsOptions = {}) {
    const address = shuffled(gatewayAddress);
    this.#client = meshClient(BlobServiceClient, address, access && { access });
    this.#patienceMs = patienceMs ?? PATIENCE_MS;
  }

  /**
   * The bytes of a whole blob, checked against its hash here as well: the way from the disk is
   * long. Throws BLOB_NOT_FOUND, BLOB_CORRUPT, SERVICE_UNAVAILABLE.
   */
  async read(sha256: string, signal?: AbortSignal): Promise<Uint8Array> {
    return collect(this.chunks(sha256, signal));
  }

  /** As `read`, in chunks; what was damaged shows at the end. */
  chunks(sha256: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    return checkedChunks(this.#chunks(sha256, signal), sha256);
  }

  /** Goes on at the byte where a call broke. */
  async *#chunks(sha256: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const patience = new Patience({ signal, patienceMs: this.#patienceMs });
    let offset = 0;
    for (;;) {
      try {
        const request = { name: blobName(sha256), offset };
        const call = this.#client.readBlob(request, outgoingMetadata());
        for await (const bytes of chunksIn(readStream(call, signal))) {
          patience.answered();
          offset += bytes.length;
          yield bytes;
        }
        return;
      } catch (error) {
        await patience.after(lossIn(error, signal));
      }
    }
  }

  /**
   * Protects blobs from removal for as long as new ones, for a caller that is about to reference
   * them. While `job` (its id) runs, they also outlive the deletion of another job. Resolves to the
   * hashes that the store does not have. Throws SERVICE_UNAVAILABLE.
   */
  async hold(hashes: readonly string[], signal?: AbortSignal, job = ""): Promise<string[]> {
    const request = { names: hashes.map(blobName), job };
    const { missingNames } = await this.#patiently(signal, () =>
      callUnary<HoldBlobsResponse>(
        (metadata, callback) => this.#client.holdBlobs(request, metadata, callback),
        signal,
      ),
    );
    return missingNames.map((name) => parseBlobName(name) ?? name);
  }

  /**
   * Stores bytes, or the chunks of a file, which are read again when a gateway goes away meanwhile.
   * Throws LEASE_LOST when the writer holds no lease of the job.
   */
  async write(
    writer: BlobWriter,
    content: Uint8Array | (() => AsyncIterable<Uint8Array>),
    signal?: AbortSignal,
  ): Promise<BlobFacts> {
    const info = await this.#patiently(signal, () =>
      callClientStream<WriteBlobRequest, BlobInfo>(
        (metadata, callback) => this.#client.writeBlob(metadata, callback),
        writeRequests(writer, content instanceof Uint8Array ? chunksOf(content) : content()),
        signal,
      ),
    );
    const sha256 = parseBlobName(info.name);
    if (!sha256) throw new DepthmeshError("INTERNAL", "the gateway did not name the stored blob");
    return { sha256, sizeBytes: info.sizeBytes };
  }

  close(): void {
    this.#client.close();
  }

  /** Repeats a call that can be carried out twice. */
  async #patiently<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const patience = new Patience({ signal, patienceMs: this.#patienceMs });
    for (;;) {
      try {
        return await call();
      } catch (error) {
        await patience.after(lossIn(error, signal));
      }
    }
  }
}

/**
 * A gateway that stops ends its last calls as if they were cancelled. Throws what is no error of a
 * call.
 */
function lossIn(error: unknown, signal: AbortSignal | undefined): DepthmeshError {
  if (!(error instanceof DepthmeshError)) throw error;
  if (error.reason !== "JOB_CANCELLED" || signal?.aborted) return error;
  const message = "the gateway has ended the call";
  return new DepthmeshError("SERVICE_UNAVAILABLE", message, { cause: error });
}

async function* writeRequests(
  writer: BlobWriter,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<WriteBlobRequest> {
  yield { kind: { $case: "header", value: writer } };
  for await (const chunk of chunks) {
    yield {
      kind: { $case: "chunk", value: chunk },
    };
  }
}

export interface BlobCacheOptions<T> {
  readonly bucket: KV;
  readonly blobs: Pick<RemoteBlobs, "hold">;
  readonly log: Log;
  /** Name in the log. */
  readonly name: string;
  /** The value in parsed JSON. Throws when it has another shape, as that of a later version. */
  readonly read: (stored: unknown) => T;
  /** SHA-256 of every blob that a user of the value needs. */
  readonly blobsOf: (value: T) => readonly string[];
}

/**
 * Values that reference blobs, in a bucket, under a key that is derived from what they were made
 * from. A value is written after a job has committed its blobs. It counts as missing when a blob is
 * gone.
 */
export class BlobCache<T> {
  readonly #options: BlobCacheOptions<T>;
  readonly #unreadable: UnreadableEntries;

  constructor(options: BlobCacheOptions<T>) {
    this.#options = options;
    this.#unreadable = new UnreadableEntries(options.log);
  }

  /**
   * The value under a key, if all its blobs exist; they are kept for `job`, the id of the job that
   * asks. Undefined also when it cannot be read, or NATS or the gateway does not answer. Throws the
   * signal's reason.
   */
  async find(key: string, signal: AbortSignal, job = ""): Promise<T | undefined> {
    const { bucket, blobs, log, name, blobsOf } = this.#options;
    try {
      const entry = await bucket.get(key);
      if (entry?.operation !== "PUT") return undefined;
      const value = this.#parse(entry);
      if (value === undefined) return undefined;
      // The job's record references them only after the stage has committed; until then this
      // protects them.
      const missing = await blobs.hold(blobsOf(value), signal, job);
      return missing.length === 0 ? value : undefined;
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error, cache: name }, "cache not read");
      return undefined;
    }
  }

  #parse({ bucket, key, value, revision }: KvEntry): T | undefined {
    try {
      return this.#options.read(JSON.parse(Buffer.from(value).toString()));
    } catch (error) {
      this.#unreadable.skip(bucket, key, revision, error);
      return undefined;
    }
  }

  /**
   * Call it after the commit, when a job references the blobs. Never throws: a failure is only
   * logged.
   */
  async remember(key: string, value: T): Promise<void> {
    const { bucket, log, name } = this.#options;
    try {
      await bucket.put(key, JSON.stringify(value));
    } catch (error) {
      log.warn({ err: error, cache: name }, "cache not written");
    }
  }
}

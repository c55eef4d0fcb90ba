/** Uploads in parts, each part at the next gateway, whatever happens meanwhile. */
import { createHash } from "node:crypto";
import { addressesIn } from "../../kit/rpc/addresses.js";
import { callClientStream, callUnary, meshClient } from "../../kit/rpc/client.js";
import {
  type Upload,
  UploadServiceClient,
  type WriteUploadRequest,
} from "../../proto/gen/depthmesh/v1/upload_service.js";
import { data, finish, header } from "../../testing/uploads/write-messages.js";
import { hasReason, persist } from "./persist.js";

/** A small photo has several. */
const PART_BYTES = 6_000;
/** Another call has written meanwhile, such as an earlier attempt of this one. */
const BEHIND = ["UPLOAD_OFFSET_MISMATCH", "UPLOAD_SUPERSEDED"] as const;
const GONE = ["UPLOAD_NOT_FOUND", "UPLOAD_EXPIRED"] as const;

export class UploadClient {
  readonly #gateways: readonly UploadServiceClient[];
  #turn = 0;

  /** `address`: of one gateway, or of several with commas between. */
  constructor(address: string) {
    this.#gateways = addressesIn(address).map((each) => meshClient(UploadServiceClient, each));
  }

  /** The name of the finished upload. Throws the errors that are not transient. */
  async upload(bytes: Uint8Array, requestId: string, signal: AbortSignal): Promise<string> {
    for (let attempt = 0; ; attempt++) {
      try {
        let upload = await this.#create(bytes.length, `${requestId} ${attempt}`, signal);
        while (!upload.finished) upload = await this.#part(upload, bytes, signal);
        return upload.name;
      } catch (error) {
        // A fault took longer than an upload is kept.
        if (!hasReason(error, GONE)) throw error;
      }
    }
  }

  /** Begins an upload, writes a part of it, and forgets it. */
  async abandon(bytes: Uint8Array, requestId: string, signal: AbortSignal): Promise<void> {
    const upload = await this.#create(bytes.length, requestId, signal);
    try {
      await this.#part(upload, bytes, signal);
    } catch (error) {
      if (!hasReason(error, GONE)) throw error;
    }
  }

  close(): void {
    for (const gateway of this.#gateways) gateway.close();
  }

  #create(sizeBytes: number, requestId: string, signal: AbortSignal): Promise<Upload> {
    return persist(signal, (attempt) => {
      const gateway = this.#next();
      return callUnary(
        (metadata, callback) => gateway.createUpload({ sizeBytes, requestId }, metadata, callback),
        attempt,
      );
    });
  }

  /** Writes the bytes after those that are committed; returns where the upload stands then. */
  async #part(upload: Upload, bytes: Uint8Array, signal: AbortSignal): Promise<Upload> {
    const { name, committedSizeBytes: offset } = upload;
    try {
      return await persist(signal, (attempt) => {
        const gateway = this.#next();
        return callClientStream<WriteUploadRequest, Upload>(
          (metadata, callback) => gateway.writeUpload(metadata, callback),
          messagesOf(name, bytes, offset),
          attempt,
        );
      });
    } catch (error) {
      if (!hasReason(error, BEHIND)) throw error;
      return persist(signal, (attempt) => {
        const gateway = this.#next();
        return callUnary(
          (metadata, callback) => gateway.getUpload({ name }, metadata, callback),
          attempt,
        );
      });
    }
  }

  #next(): UploadServiceClient {
    const gateway = this.#gateways[this.#turn++ % this.#gateways.length];
    if (!gateway) throw new RangeError("there is no gateway");
    return gateway;
  }
}

async function* messagesOf(
  name: string,
  bytes: Uint8Array,
  offset: number,
): AsyncGenerator<WriteUploadRequest> {
  const end = Math.min(offset + PART_BYTES, bytes.length);
  yield header(name, offset);
  if (end > offset) yield data(bytes.subarray(offset, end));
  if (end === bytes.length) yield finish(createHash("sha256").update(bytes).digest("hex"));
}

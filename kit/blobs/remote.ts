/** The gateway's BlobService as workers use it. */

import { DepthmeshError } from "../../core/errors.js";
import {
  type BlobInfo,
  BlobServiceClient,
  type HoldBlobsResponse,
  type WriteBlobRequest,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { chunksIn, chunksOf, collect } from "../rpc/chunks.js";
import {
  callClientStream,
  callUnary,
  meshClient,
  outgoingMetadata,
  readStream,
} from "../rpc/client.js";
import { type BlobFacts, blobName, parseBlobName } from "./store.js";

/** Who writes: the job and the lease token that allows it. */
export interface BlobWriter {
  readonly job: string;
  readonly token: string;
}

export class RemoteBlobs {
  readonly #client: BlobServiceClient;

  constructor(gatewayAddress: string) {
    this.#client = meshClient(BlobServiceClient, gatewayAddress);
  }

  /** A whole blob. Throws BLOB_NOT_FOUND or SERVICE_UNAVAILABLE. */
  async read(sha256: string, signal?: AbortSignal): Promise<Uint8Array> {
    const request = { name: blobName(sha256), offset: 0 };
    const call = this.#client.readBlob(request, outgoingMetadata());
    return collect(chunksIn(readStream(call, signal)));
  }

  /**
   * Keep blobs from the sweep for as long as new ones, for a caller that is about to name them. Resolves to those that
   * there are none of. Throws SERVICE_UNAVAILABLE.
   */
  async hold(hashes: readonly string[], signal?: AbortSignal): Promise<string[]> {
    const { missingNames } = await callUnary<HoldBlobsResponse>(
      (metadata, callback) =>
        this.#client.holdBlobs({ names: hashes.map(blobName) }, metadata, callback),
      signal,
    );
    return missingNames.map((name) => parseBlobName(name) ?? name);
  }

  /** Store bytes, or the chunks of a file. */
  async write(
    writer: BlobWriter,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<BlobFacts> {
    const chunks = content instanceof Uint8Array ? chunksOf(content) : content;
    const info = await callClientStream<WriteBlobRequest, BlobInfo>(
      (metadata, callback) => this.#client.writeBlob(metadata, callback),
      writeRequests(writer, chunks),
      signal,
    );
    const sha256 = parseBlobName(info.name);
    if (!sha256) throw new DepthmeshError("INTERNAL", "the gateway named no blob");
    return { sha256, sizeBytes: info.sizeBytes };
  }

  close(): void {
    this.#client.close();
  }
}

async function* writeRequests(
  writer: BlobWriter,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<WriteBlobRequest> {
  yield { kind: { $case: "header", value: writer } };
  for await (const chunk of chunks) {
    yield {
      kind: { $case: "chunk", value: Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length) },
    };
  }
}

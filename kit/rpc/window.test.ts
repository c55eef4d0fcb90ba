/** An upload over a long link: the window of a call limits it, not the distance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BlobServiceClient,
  BlobServiceService,
  type WriteBlobRequest,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { openSlowLink } from "../../testing/slow-link.js";
import { clientStream, serverStream, unary } from "./call.js";
import { FILE_CHUNK_BYTES } from "./chunks.js";
import { callClientStream, meshClient } from "./client.js";
import { rpcService, startRpcServer } from "./server.js";

const DELAY_MS = 50;
const CHUNKS = 64;
/** What Node opens by itself. */
const OLD_WINDOW_BYTES = 64 * 1024;

test("an upload over a link of 50 ms each way needs a round trip for each window, not for each 64 KiB", async () => {
  const blobs = rpcService(BlobServiceService, {
    holdBlobs: unary(() => ({ missingNames: [] })),
    readBlob: serverStream(async function* () {}),
    writeBlob: clientStream(async (requests) => {
      let sizeBytes = 0;
      for await (const { kind } of requests) {
        if (kind?.$case === "chunk") sizeBytes += kind.value.length;
      }
      return { name: "", sizeBytes };
    }),
  });
  const server = await startRpcServer("127.0.0.1", 0, [blobs]);
  const link = await openSlowLink(server.port, DELAY_MS);
  const client = meshClient(BlobServiceClient, link.address);
  const upload = async (chunks: number) => {
    const chunk = { kind: { $case: "chunk", value: Buffer.alloc(FILE_CHUNK_BYTES) } } as const;
    const began = performance.now();
    const { sizeBytes } = await callClientStream<WriteBlobRequest, { sizeBytes: number }>(
      (metadata, callback) => client.writeBlob(metadata, callback),
      Array<WriteBlobRequest>(chunks).fill(chunk),
    );
    assert.equal(sizeBytes, chunks * FILE_CHUNK_BYTES);
    return performance.now() - began;
  };
  try {
    await upload(1);
    const tookMs = await upload(CHUNKS);
    const bytes = CHUNKS * FILE_CHUNK_BYTES;
    const roundTrips = tookMs / (2 * DELAY_MS);
    process.stdout.write(`# ${(bytes / 2 ** 20 / (tookMs / 1000)).toFixed(1)} MiB/s over 50 ms\n`);
    // Half a window is opened at a time, so a quiet machine takes about ten; a busy one, longer.
    assert.ok(roundTrips < bytes / OLD_WINDOW_BYTES / 4, `${roundTrips} round trips`);
  } finally {
    client.close();
    await link.close();
    await server.close(0);
  }
});

/**
 * Responses with many bytes over a real connection: copied once where they leave, and not where
 * they arrive.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  BlobServiceClient,
  BlobServiceService,
  ReadBlobResponse,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { FrameBand } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { clientStream, serverStream, unary } from "./call.js";
import { meshClient, outgoingMetadata, readStream } from "./client.js";
import { type RpcServer, rpcService, startRpcServer } from "./server.js";

const SIZES = [0, 1, 4_096, 256 * 1024, 1024 * 1024, 3 * 1024 * 1024];
const REUSED = new Uint8Array(new SharedArrayBuffer(SIZES.at(-1) ?? 0));

let server: RpcServer;
let client: BlobServiceClient;

before(async () => {
  server = await startRpcServer("127.0.0.1", 0, [
    rpcService(
      BlobServiceService,
      {
        readBlob: serverStream(async function* () {
          for (const [at, size] of SIZES.entries()) {
            yield { kind: { $case: "chunk" as const, value: REUSED.subarray(0, size).fill(at) } };
          }
        }),
        writeBlob: clientStream(() => assert.fail("not called")),
        holdBlobs: unary(() => assert.fail("not called")),
      },
      { bulkResponses: { readBlob: ReadBlobResponse } },
    ),
  ]);
  client = meshClient(BlobServiceClient, server.address);
});
after(async () => {
  client.close();
  await server.close(0);
});

test("a handler may use the buffer of one message again for the next", async () => {
  const call = client.readBlob({ name: "", offset: 0 }, outgoingMetadata());
  const sizes: number[] = [];
  for await (const { kind } of readStream<ReadBlobResponse>(call)) {
    if (kind?.$case !== "chunk") assert.fail("no chunk");
    assert.ok(
      kind.value.every((byte) => byte === sizes.length),
      `chunk ${sizes.length}`,
    );
    sizes.push(kind.value.length);
  }
  assert.deepEqual(sizes, SIZES);
});

test("what arrives is a view of the message", () => {
  const band = { frame: 3, offsetBytes: 4_096, data: new Uint8Array(65_536).fill(5) };
  const message = Buffer.from(FrameBand.encode(band).finish());
  const decoded = FrameBand.decode(message);
  assert.equal(decoded.data.buffer, message.buffer);
  assert.deepEqual(Buffer.from(decoded.data), Buffer.from(band.data));
  assert.equal(FrameBand.decode(message.subarray(0, 0)).data.length, 0);
});

test("a message that ends too early is no message", () => {
  const band = { frame: 3, offsetBytes: 4_096, data: new Uint8Array(65_536) };
  const message = Buffer.from(FrameBand.encode(band).finish());
  // It lies in the middle of a larger buffer, as messages do that arrived together.
  for (const cut of [1, 2, 65_000]) {
    assert.throws(() => FrameBand.decode(message.subarray(0, message.length - cut)), RangeError);
  }
});

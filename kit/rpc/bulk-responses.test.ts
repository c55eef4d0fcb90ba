/**
 * Responses with many bytes over a real connection: copied once where they leave, into a buffer
 * that is used again, and not where they arrive.
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

/** Those of an empty one, of ones with and without a buffer of the pool, and many in turn. */
const SIZES = [0, 1, 4_096, 256 * 1024, 1024 * 1024, 3 * 1024 * 1024];
for (let i = 0; i < 100; i++) SIZES.push(200_000 + i, 70);

let server: RpcServer;
let client: BlobServiceClient;

before(async () => {
  const unused = () => assert.fail("not called");
  server = await startRpcServer("127.0.0.1", 0, [
    rpcService(
      BlobServiceService,
      {
        readBlob: serverStream(({ offset }) => fromOneBuffer(offset)),
        writeBlob: clientStream(unused),
        holdBlobs: unary(unused),
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

/** Chunks that are full of `first`, `first + 1` and so on, each in the place of the one before. */
async function* fromOneBuffer(first: number): AsyncGenerator<ReadBlobResponse> {
  const buffer = new Uint8Array(new SharedArrayBuffer(Math.max(...SIZES)));
  for (const [at, size] of SIZES.entries()) {
    yield { kind: { $case: "chunk", value: buffer.subarray(0, size).fill(first + at) } };
  }
}

async function readAndCheck(first: number): Promise<void> {
  const call = client.readBlob({ name: "", offset: first }, outgoingMetadata());
  const chunks: Uint8Array[] = [];
  for await (const { kind } of readStream<ReadBlobResponse>(call)) {
    if (kind?.$case !== "chunk") assert.fail("no chunk");
    chunks.push(kind.value);
  }
  const sizes = chunks.map(({ length }) => length);
  assert.deepEqual(sizes, SIZES);
  for (const [at, chunk] of chunks.entries()) {
    const expected = (first + at) % 256;
    const wrong = chunk.findIndex((byte) => byte !== expected);
    assert.equal(wrong, -1, `chunk ${at} of ${chunk.length} bytes is wrong at ${wrong}`);
  }
}

test("a handler may use the buffer of one message again for the next", () => readAndCheck(0));

test("calls side by side do not share a buffer", async () => {
  await Promise.all([1, 2, 3, 4].map(readAndCheck));
});

test("calls that end in the middle of a message leave the others whole", async () => {
  const others = readAndCheck(7);
  for (let i = 0; i < 30; i++) {
    const call = client.readBlob({ name: "", offset: 99 }, outgoingMetadata());
    for await (const _ of readStream<ReadBlobResponse>(call)) break;
  }
  await others;
  await readAndCheck(8);
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
  // What lies behind it in the same buffer, as that of the next message, is not read.
  for (const cut of [1, 2, 65_000]) {
    assert.throws(() => FrameBand.decode(message.subarray(0, message.length - cut)), RangeError);
  }
});

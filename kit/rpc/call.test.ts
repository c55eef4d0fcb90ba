/** What the frame around gRPC methods does before and around a handler, over a real connection. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  BlobServiceClient,
  BlobServiceService,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import {
  EncodeServiceClient,
  EncodeServiceService,
} from "../../proto/gen/depthmesh/stage/v1/encode_service.js";
import { Semaphore } from "../async/semaphore.js";
import { bidiStream, clientStream, serverStream, unary } from "./call.js";
import { callClientStream, callUnary, meshClient, outgoingMetadata, readStream } from "./client.js";
import { readFirst } from "./requests.js";
import { type RpcServer, rpcService, startRpcServer } from "./server.js";

/** Field 99 as a varint: what a client of a later version would send. */
const LATER = { _unknownFields: { [99 << 3]: [Buffer.from([1])] } };
const refusedAt = (message: string) => ({
  reason: "PARAMETER_UNKNOWN",
  metadata: { message, field_number: "99" },
});

let server: RpcServer;
let blobs: BlobServiceClient;
let encode: EncodeServiceClient;
const never = () => assert.fail("the handler was called");

before(async () => {
  const semaphore = new Semaphore("calls", { running: 1, waiting: 0 });
  server = await startRpcServer("127.0.0.1", 0, [
    rpcService(BlobServiceService, {
      readBlob: serverStream(never),
      writeBlob: clientStream(async (requests) => {
        const messages = requests[Symbol.asyncIterator]();
        const { job } = await readFirst(messages, "header");
        await messages.next();
        return { name: job, sizeBytes: 0 };
      }),
      holdBlobs: unary(never),
    }),
    rpcService(EncodeServiceService, {
      followJob: serverStream(never),
      encodeFrames: bidiStream(
        async function* (requests) {
          yield { kind: { $case: "credit", value: { frames: 1 } } };
          for await (const _ of requests);
        },
        { semaphore, timeLimits: { idleMs: 200, totalMs: 60_000 } },
      ),
    }),
  ]);
  blobs = meshClient(BlobServiceClient, server.address);
  encode = meshClient(EncodeServiceClient, server.address);
});
after(async () => {
  blobs.close();
  encode.close();
  await server.close(0);
});

type WriteRequest = Parameters<ReturnType<BlobServiceClient["writeBlob"]>["write"]>[0];
const header = { kind: { $case: "header", value: { job: "a", token: "" } } } as const;
const chunk = { kind: { $case: "chunk", value: Buffer.from("x") } } as const;
const write = (...requests: WriteRequest[]) =>
  callClientStream<WriteRequest, { name: string }>(
    (metadata, callback) => blobs.writeBlob(metadata, callback),
    requests,
  );

test("an unknown field is refused on every kind of call, in every message, before the handler", async () => {
  const held = callUnary((metadata, callback) =>
    blobs.holdBlobs({ names: [], job: "", ...LATER }, metadata, callback),
  );
  await assert.rejects(held, refusedAt("request"));
  const read = blobs.readBlob({ name: "", offset: 0, ...LATER }, outgoingMetadata());
  await assert.rejects(readStream(read).next(), refusedAt("request"));
  await assert.rejects(write({ ...header, ...LATER }), refusedAt("request"));
  await assert.rejects(write(header, { ...chunk, ...LATER }), refusedAt("request"));
  const nested = { kind: { ...header.kind, value: { ...header.kind.value, ...LATER } } };
  await assert.rejects(write(nested), refusedAt("request.header"));
});

test("a stream begins with the message that the method wants", async () => {
  assert.equal((await write(header, chunk)).name, "a");
  const refused = { reason: "PARAMETER_CONFLICT", metadata: { field: "header" } };
  await assert.rejects(write(chunk), refused);
  await assert.rejects(write({ kind: undefined }), refused);
  await assert.rejects(write(), refused);
});

test("a call beyond the limit is refused, and a caller that sends nothing is given up", async () => {
  const first = readStream(encode.encodeFrames(outgoingMetadata()));
  await first.next();
  const second = readStream(encode.encodeFrames(outgoingMetadata()));
  await assert.rejects(second.next(), { reason: "RATE_LIMITED" });
  await assert.rejects(first.next(), { reason: "UPLOAD_EXPIRED" });
});

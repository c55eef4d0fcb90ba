/**
 * An orderly stop of a server: what ends at once, what may finish, and what its callers are told.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import {
  BlobServiceClient,
  BlobServiceService,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { RetryInfo } from "../../proto/gen/google/rpc/error_details.js";
import { Status } from "../../proto/gen/google/rpc/status.js";
import { eventually } from "../../testing/eventually.js";
import { pause } from "../async/delay.js";
import { clientStream, serverStream, unary } from "./call.js";
import { callClientStream, callUnary, meshClient, outgoingMetadata, readStream } from "./client.js";
import { type RpcServer, rpcService, startRpcServer } from "./server.js";
import { DETAILS_KEY } from "./status.js";

/** Many pings of the server fall into a drain of this length. */
const DRAIN_MS = 1_000;
const PINGS = { pingEveryMs: 50, pingAnswerMs: 400 };

const chunk = (byte: number) => ({ kind: { $case: "chunk", value: Buffer.from([byte]) } }) as const;

/** Calls that have reached a handler of the server that was started last. */
let arrived = 0;

const untilArrived = (calls: number) =>
  eventually(`${calls} calls have arrived`, () => arrived === calls);

/** Its HoldBlobs takes `workMs`, and its ReadBlob sends ten chunks in that time. */
function start(workMs: number): Promise<RpcServer> {
  const blobs = rpcService(
    BlobServiceService,
    {
      holdBlobs: unary(async () => {
        arrived += 1;
        await pause(workMs);
        return { missingNames: ["done"] };
      }),
      readBlob: serverStream(async function* () {
        arrived += 1;
        for (let i = 0; i < 10; i++) {
          yield chunk(i);
          await pause(workMs / 10);
        }
      }),
      writeBlob: clientStream(async (requests) => {
        arrived += 1;
        let sizeBytes = 0;
        for await (const _ of requests) sizeBytes += 1;
        return { name: "written", sizeBytes };
      }),
    },
    { endWhileReceiving: ["writeBlob"] },
  );
  return startRpcServer("127.0.0.1", 0, [blobs], PINGS);
}

async function withServer(
  workMs: number,
  run: (server: RpcServer, client: BlobServiceClient) => Promise<void>,
): Promise<void> {
  arrived = 0;
  const server = await start(workMs);
  const client = meshClient(BlobServiceClient, server.address);
  try {
    await run(server, client);
  } finally {
    client.close();
    await server.close(0);
  }
}

const held = (client: BlobServiceClient) =>
  callUnary<{ missingNames: string[] }>((metadata, callback) =>
    client.holdBlobs({ job: "", names: [] }, metadata, callback),
  );

test("a call that runs when the server closes is answered, however many pings fall due", () =>
  withServer(DRAIN_MS * 0.6, async (server, client) => {
    const answer = held(client);
    const bytes: number[] = [];
    const stream = readStream(client.readBlob({ name: "", offset: 0 }, outgoingMetadata()));
    const first = await stream.next();
    assert.ok(!first.done);
    server.endEndless();
    const closed = server.close(DRAIN_MS);
    for await (const { kind } of stream)
      if (kind?.$case === "chunk") bytes.push(kind.value[0] ?? 0);
    assert.deepEqual(bytes, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual((await answer).missingNames, ["done"]);
    await closed;
  }));

test("a call that outlasts the drain is told DRAINING after the whole time, not before", () =>
  withServer(60_000, async (server, client) => {
    const began = performance.now();
    const answers = [
      held(client),
      (async () => {
        for await (const _ of readStream(
          client.readBlob({ name: "", offset: 0 }, outgoingMetadata()),
        ));
      })(),
    ];
    const refused = answers.map((answer) => assert.rejects(answer, { reason: "DRAINING" }));
    await untilArrived(2);
    const closed = server.close(DRAIN_MS);
    await Promise.all(refused);
    assert.ok(performance.now() - began >= DRAIN_MS);
    await closed;
  }));

test("an upload that is not complete ends at once with DRAINING and a delay; a complete one is answered", () =>
  withServer(0, async (server, client) => {
    const began = performance.now();
    let sendRest = () => {};
    const rest = new Promise<void>((resolve) => {
      sendRest = resolve;
    });
    async function* requests() {
      yield chunk(1);
      await rest;
    }
    const upload = callClientStream<ReturnType<typeof chunk>, { name: string }>(
      (metadata, callback) => client.writeBlob(metadata, callback),
      requests(),
    );
    const refused = assert.rejects(upload, (error: { cause?: unknown; reason?: string }) => {
      assert.equal(error.reason, "DRAINING");
      return true;
    });
    await untilArrived(1);
    server.endEndless();
    await refused;
    sendRest();
    assert.ok(performance.now() - began < DRAIN_MS / 2);
    // Calls of workers are accepted until the server closes.
    assert.deepEqual((await held(client)).missingNames, ["done"]);
  }));

test("DRAINING has the code UNAVAILABLE and a RetryInfo whose delay differs from call to call", () =>
  withServer(60_000, async (server) => {
    const client = new BlobServiceClient(server.address, credentials.createInsecure());
    const ends = Array.from({ length: 4 }, () => {
      return new Promise<ServiceError>((resolve, reject) =>
        client.holdBlobs({ job: "", names: [] }, (error) =>
          error ? resolve(error) : reject(error),
        ),
      );
    });
    await untilArrived(4);
    await server.close(0);
    const delays = (await Promise.all(ends)).map((error) => {
      assert.equal(error.code, 14);
      const [raw] = error.metadata.get(DETAILS_KEY);
      const { details } = Status.decode(raw as Buffer);
      const retry = details.find(({ typeUrl }) => typeUrl.endsWith(".RetryInfo"));
      const { seconds = 0, nanos = 0 } =
        RetryInfo.decode(retry?.value ?? Buffer.alloc(0)).retryDelay ?? {};
      return seconds + nanos / 1e9;
    });
    assert.ok(
      delays.every((seconds) => seconds >= 1 && seconds <= 2),
      String(delays),
    );
    assert.equal(new Set(delays).size, delays.length);
    client.close();
  }));

test("an idle connection does not keep a server from closing", () =>
  withServer(0, async (server, client) => {
    await held(client);
    const began = performance.now();
    await server.close(60_000);
    assert.ok(performance.now() - began < 5_000);
  }));

test("a peer that answers no ping, or sends no preface, loses its connection", async () => {
  const server = await startRpcServer("127.0.0.1", 0, [], { ...PINGS, pingAnswerMs: 100 });
  const socket = connect(server.port, "127.0.0.1");
  socket.resume();
  await once(socket, "close");
  const silent = await startRpcServer("127.0.0.1", 0, [], { prefaceMs: 100 });
  const other = connect(silent.port, "127.0.0.1");
  other.resume();
  await once(other, "close");
  await Promise.all([server.close(0), silent.close(0)]);
});

/**
 * Callers that are broken or mean to harm, over raw HTTP/2: each is refused with a reason where
 * HTTP/2 allows one, and the calls of others go on.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, constants } from "node:http2";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  BlobServiceClient,
  BlobServiceService,
} from "../../proto/gen/depthmesh/stage/v1/blob_service.js";
import { ErrorInfo } from "../../proto/gen/google/rpc/error_details.js";
import { Status } from "../../proto/gen/google/rpc/status.js";
import { eventually } from "../../testing/eventually.js";
import { MAX_METADATA_BYTES, MAX_RECEIVING_CALLS } from "./admission.js";
import { clientStream, serverStream, unary } from "./call.js";
import { callUnary, meshClient } from "./client.js";
import { type RpcServer, rpcService, startRpcServer } from "./server.js";

const HOLD = "/depthmesh.stage.v1.BlobService/HoldBlobs";
const WRITE = "/depthmesh.stage.v1.BlobService/WriteBlob";
const LOOPBACK = "127.0.0.1";

let server: RpcServer;
let honest: BlobServiceClient;
before(async () => {
  const blobs = rpcService(BlobServiceService, {
    holdBlobs: unary(() => ({ missingNames: [] })),
    readBlob: serverStream(async function* () {}),
    writeBlob: clientStream(async (requests) => {
      for await (const _ of requests);
      return { name: "", sizeBytes: 0 };
    }),
  });
  server = await startRpcServer(LOOPBACK, 0, [blobs]);
  honest = meshClient(BlobServiceClient, server.address);
  await ask();
});
after(async () => {
  honest.close();
  await server.close(0);
});

/** An honest call. */
const ask = () =>
  callUnary((metadata, callback) => honest.holdBlobs({ job: "", names: [] }, metadata, callback));

/** How long honest calls take while something else happens. */
async function slowestWhile(act: () => Promise<void>): Promise<number> {
  let isOver = false;
  let slowestMs = 0;
  const acted = act().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const began = performance.now();
    await ask();
    slowestMs = Math.max(slowestMs, performance.now() - began);
  }
  await acted;
  return slowestMs;
}

async function withSession(run: (session: ClientHttp2Session) => Promise<void>): Promise<void> {
  const session = connectHttp2(`http://${server.address}`, { maxSendHeaderBlockLength: 2 ** 20 });
  session.on("error", () => {
    // The server may cut it.
  });
  await once(session, "remoteSettings");
  try {
    await run(session);
  } finally {
    session.destroy();
  }
}

interface Answer {
  readonly code: number;
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** One call of raw frames, and the status that it ended with. */
function call(
  session: ClientHttp2Session,
  path: string,
  frames: Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: path,
      [constants.HTTP2_HEADER_TE]: "trailers",
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      ...headers,
    });
    const take = (received: Record<string, unknown>) => {
      if (received["grpc-status"] === undefined) return;
      const raw = Buffer.from(String(received["grpc-status-details-bin"] ?? ""), "base64");
      const info = Status.decode(raw).details.find((any) => any.typeUrl.endsWith("ErrorInfo"));
      const { reason, metadata = {} } = info ? ErrorInfo.decode(info.value) : {};
      resolve({ code: Number(received["grpc-status"]), reason, metadata });
    };
    stream.on("response", take);
    stream.on("trailers", take);
    stream.on("error", reject);
    stream.on("close", () => reject(new Error("closed without a status")));
    stream.resume();
    stream.end(frames);
  });
}

/** A gRPC frame around a message. */
function frame(message: Uint8Array, isCompressed = false, claimed = message.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(isCompressed ? 1 : 0, 0);
  head.writeUInt32BE(claimed, 1);
  return Buffer.concat([head, message]);
}

const EMPTY = frame(Buffer.alloc(0));

const REFUSED: readonly (readonly [
  what: string,
  path: string,
  frames: Buffer,
  headers: Record<string, string>,
  reason: string,
])[] = [
  ["an unknown method", "/depthmesh.v1.JobService/Nothing", EMPTY, {}, "METHOD_UNKNOWN"],
  ["an endless method name", `/${"x".repeat(60_000)}`, EMPTY, {}, "METHOD_UNKNOWN"],
  [
    "too much metadata",
    HOLD,
    EMPTY,
    { note: "x".repeat(MAX_METADATA_BYTES) },
    "PARAMETER_OUT_OF_RANGE",
  ],
  [
    "a message that claims 1 GiB",
    HOLD,
    frame(Buffer.alloc(9), false, 2 ** 30),
    {},
    "PARAMETER_OUT_OF_RANGE",
  ],
  ["bytes that are no message", HOLD, frame(Buffer.from([0xff])), {}, "PARAMETER_UNKNOWN"],
  [
    "an unknown compression",
    HOLD,
    frame(Buffer.from("x"), true),
    { "grpc-encoding": "zip" },
    "PARAMETER_UNKNOWN",
  ],
  [
    "a compression that is none",
    HOLD,
    frame(Buffer.from("x"), true),
    { "grpc-encoding": "gzip" },
    "PARAMETER_UNKNOWN",
  ],
  ["no request", HOLD, Buffer.alloc(0), {}, "PARAMETER_UNKNOWN"],
  ["two requests", HOLD, Buffer.concat([EMPTY, EMPTY]), {}, "PARAMETER_UNKNOWN"],
  ["a timeout that is none", HOLD, EMPTY, { "grpc-timeout": "soon" }, "PARAMETER_UNKNOWN"],
];

test("each refusal has a reason, and the connection goes on", () =>
  withSession(async (session) => {
    for (const [what, path, frames, headers, reason] of REFUSED) {
      const answer = await call(session, path, frames, headers);
      assert.equal(answer.reason, reason, what);
      for (const value of Object.values(answer.metadata)) assert.ok(value.length <= 512, what);
      assert.equal((await call(session, HOLD, EMPTY)).code, 0, `a call after ${what}`);
    }
  }));

test("a deadline that passes has a reason", () =>
  withSession(async (session) => {
    const waiting = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: WRITE,
      [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      "grpc-timeout": "100m",
    });
    const [headers] = await once(waiting, "response");
    const { details } = Status.decode(Buffer.from(headers["grpc-status-details-bin"], "base64"));
    assert.equal(ErrorInfo.decode(details[0]?.value ?? EMPTY).reason, "JOB_DEADLINE_EXCEEDED");
  }));

test("a gzip bomb is refused at its limit, without the memory that it claims", () =>
  withSession(async (session) => {
    const bomb = gzipSync(Buffer.alloc(200 * 2 ** 20));
    const before = process.memoryUsage().rss;
    const answer = await call(session, HOLD, frame(bomb, true), { "grpc-encoding": "gzip" });
    assert.equal(answer.reason, "PARAMETER_OUT_OF_RANGE");
    assert.ok(process.memoryUsage().rss - before < 100 * 2 ** 20);
  }));

test("calls that never send their request are bounded in number", () =>
  withSession(async (session) => {
    const open = Array.from({ length: MAX_RECEIVING_CALLS }, () => {
      const stream = session.request({
        [constants.HTTP2_HEADER_METHOD]: "POST",
        [constants.HTTP2_HEADER_PATH]: WRITE,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
      });
      stream.on("error", () => {});
      return stream;
    });
    const more = await eventually("the server has all of them", async () => {
      const answer = await call(session, HOLD, EMPTY);
      return answer.reason === "RATE_LIMITED" && answer;
    });
    assert.equal(more.metadata.limit_calls, String(MAX_RECEIVING_CALLS));
    for (const stream of open) stream.close(constants.NGHTTP2_CANCEL);
    await eventually("their places are free", async () => {
      return (await call(session, HOLD, EMPTY)).code === 0;
    });
  }));

test("2 000 rapid resets do not hold others up", async () => {
  const slowestMs = await slowestWhile(() =>
    withSession(async (session) => {
      for (let i = 0; i < 2_000 && !session.destroyed; i++) {
        const stream = session.request({
          [constants.HTTP2_HEADER_METHOD]: "POST",
          [constants.HTTP2_HEADER_PATH]: HOLD,
          [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
        });
        stream.on("error", () => {});
        stream.close(constants.NGHTTP2_CANCEL);
        if (i % 100 === 0) await new Promise(setImmediate);
      }
    }),
  );
  assert.ok(slowestMs < 3_000, `${slowestMs} ms`);
});

test("a flood of 20 000 pings does not hold others up", async () => {
  /** The preface and empty settings, then pings of eight bytes each. */
  const preface = Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  ]);
  const ping = Buffer.concat([Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0]), Buffer.alloc(8)]);
  const socket = connect(server.port, LOOPBACK);
  socket.on("error", () => {});
  socket.write(preface);
  const slowestMs = await slowestWhile(async () => {
    for (let i = 0; i < 20 && !socket.destroyed; i++) {
      socket.write(Buffer.concat(Array(1_000).fill(ping)));
      await new Promise(setImmediate);
    }
  });
  socket.destroy();
  assert.ok(slowestMs < 3_000, `${slowestMs} ms`);
});

test("1 000 idle connections do not hold others up, and nothing is left of them", async () => {
  const sockets: Socket[] = [];
  try {
    const slowestMs = await slowestWhile(async () => {
      for (let i = 0; i < 1_000; i++) {
        const socket = connect(server.port, LOOPBACK);
        socket.on("error", () => {});
        sockets.push(socket);
        await once(socket, "connect");
      }
    });
    assert.ok(slowestMs < 3_000, `${slowestMs} ms`);
    await ask();
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

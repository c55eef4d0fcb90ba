/** ReadFrames: what the reader sends decides how far frames are sent, and how the call ends. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { NO_EFFECTS } from "../../core/scene/effects.js";
import { createLog } from "../../kit/log.js";
import { hostIdentity } from "../../kit/process/host-identity.js";
import { newRecord, withStage } from "../../pipeline/record/record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import type { FramesBy } from "../../pipeline/settings.js";
import type {
  HostIdentity,
  ReadFramesRequest,
  ReadFramesResponse,
} from "../../proto/gen/depthmesh/stage/v1/render_service.js";
import { eventually } from "../../testing/eventually.js";
import { readFrames } from "./read-frames.js";
import { ServedScenes } from "./served-scenes.js";

const log = createLog("silent", { service: "render", worker: "test" });
const names = { id: "j", tenant: "t", specBlob: "s", photoBlob: "p", traceId: "" };
const lease = { token: "t1", worker: "w", orderId: "o", renewedAtMs: 0, untilMs: 1 };
const record = withStage(
  newRecord({ ...names, lane: "normal", lastStage: "encode", nowMs: 0 }),
  "encode",
  { lease },
);
const store: Pick<JobStore, "read"> = { read: async () => ({ record, revision: 1 }) };

const start = (token: string, host?: HostIdentity): ReadFramesRequest => ({
  kind: { $case: "start", value: { job: "j", generation: 1, token, host } },
});
const credit = (frames: number): ReadFramesRequest => ({
  kind: { $case: "credit", value: { frames } },
});

/** The answers to a call about a clip of three frames of one byte. */
function answers(
  requests: AsyncIterable<ReadFramesRequest>,
  framesBy: FramesBy = "auto",
  stallMs = 1_000,
): AsyncGenerator<ReadFramesResponse> {
  const scenes = new ServedScenes();
  scenes.add("j", {
    generation: 1,
    firstFrame: 0,
    path: Array.from({ length: 3 }, () => ({ camera: DEFAULT_CAMERA, effects: NO_EFFECTS })),
    frameRate: { numerator: 24, denominator: 1 },
    signal: new AbortController().signal,
    report: () => {},
    scene: {
      size: { width: 2, height: 2 },
      transparent: false,
      async *frames() {
        for (const frame of [0, 1, 2]) yield { frame, bytes: Uint8Array.of(frame) };
      },
    },
  });
  const parts = { scenes, store, stallMs, framesBy, log };
  return readFrames(parts, requests, new AbortController().signal);
}

/** Reads the clip by credits; returns the numbers of the frames that came. */
async function read(requests: AsyncIterable<ReadFramesRequest>): Promise<number[]> {
  const frames: number[] = [];
  for await (const { kind } of answers(requests)) {
    if (kind?.$case === "band") frames.push(kind.value.frame);
  }
  return frames;
}

/** The path of the socket that a reader on `host` is offered; empty for none. */
async function offered(host: HostIdentity | undefined, framesBy: FramesBy): Promise<string> {
  const call = answers(sent(start("t1", host)), framesBy);
  const { value } = await call.next();
  await call.return(undefined);
  assert.equal(value?.kind?.$case, "header");
  return value.kind.value.socketPath;
}

async function* sent(...messages: ReadFramesRequest[]): AsyncGenerator<ReadFramesRequest> {
  yield* messages;
}

test("each frame costs a credit, and the call ends when the reader sends no more of them", async () => {
  assert.deepEqual(await read(sent(start("t1"), credit(1), credit(1))), [0, 1]);
  assert.deepEqual(await read(sent(start("t1"), credit(64))), [0, 1, 2]);
});

test("a reader without encode's lease is refused", async () => {
  await assert.rejects(read(sent(start("t2"))), { reason: "LEASE_LOST" });
});

test("a message that the reader may not send ends the call with its error", async () => {
  async function* invalid(): AsyncGenerator<ReadFramesRequest> {
    yield start("t1");
    yield credit(1);
    throw new DepthmeshError("PARAMETER_UNKNOWN", "request has an unknown field 9");
  }
  await assert.rejects(read(invalid()), { reason: "PARAMETER_UNKNOWN" });
});

const OWN = hostIdentity() ?? assert.fail("/proc tells it");
const OTHER = { ...OWN, mountNamespace: "mnt:[1]" };

test("only a reader of the same host, files and user is offered a socket, as the setting allows", async () => {
  assert.match(await offered(OWN, "auto"), /^\/.+\/s$/);
  assert.match(await offered(OWN, "socket"), /^\/.+\/s$/);
  assert.equal(await offered(OWN, "grpc"), "");
  for (const host of [OTHER, undefined]) {
    assert.equal(await offered(host, "auto"), "");
    assert.equal(await offered(host, "grpc"), "");
    await assert.rejects(offered(host, "socket"), { reason: "FRAMES_NOT_LOCAL" });
  }
});

test("the socket gives the bytes, and the call a message for each frame and the count", async () => {
  const kinds: unknown[] = [];
  let bytes: Promise<Buffer> | undefined;
  for await (const { kind } of answers(sent(start("t1", OWN)))) {
    if (kind?.$case === "header") bytes = buffer(connect(kind.value.socketPath));
    else kinds.push(kind);
  }
  const frames = [0, 1, 2].map((frame) => ({ $case: "sent", value: { frame } }));
  assert.deepEqual(kinds, [...frames, { $case: "end", value: { frames: 3 } }]);
  assert.deepEqual([...((await bytes) ?? [])], [0, 1, 2]);
});

test("a reader that never connects is told that it is waited for, until the call ends", async () => {
  const waitedMs: number[] = [];
  let path = "";
  const call = async () => {
    for await (const { kind } of answers(sent(start("t1", OWN)), "auto", 400)) {
      if (kind?.$case === "header") path = kind.value.socketPath;
      if (kind?.$case === "wait") waitedMs.push(kind.value.waitedMs);
    }
  };
  await assert.rejects(call, { reason: "STAGE_STALLED" });
  assert.deepEqual(waitedMs, [250, 500, 750]);
  await eventually("nothing is left of the socket", () => !existsSync(dirname(path)));
});

test("a reader that leaves early is told how many frames it got", async () => {
  let end: unknown;
  for await (const { kind } of answers(sent(start("t1", OWN)))) {
    if (kind?.$case === "header") {
      const reader = connect(kind.value.socketPath);
      await once(reader, "connect");
      reader.destroy();
      await once(reader, "close");
    } else end = kind;
  }
  assert.deepEqual(end, { $case: "end", value: { frames: 0 } });
});

test("a message that the reader may not send ends a call by socket too", async () => {
  async function* invalid(): AsyncGenerator<ReadFramesRequest> {
    yield start("t1", OWN);
    throw new DepthmeshError("PARAMETER_UNKNOWN", "request has an unknown field 9");
  }
  const call = async () => {
    for await (const _ of answers(invalid()));
  };
  await assert.rejects(call, { reason: "PARAMETER_UNKNOWN" });
});

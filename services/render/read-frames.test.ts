/** ReadFrames: what the reader sends decides how far frames are sent, and how the call ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { NO_EFFECTS } from "../../core/scene/effects.js";
import { createLog } from "../../kit/log.js";
import { newRecord, withStage } from "../../pipeline/record/record.js";
import type { JobStore } from "../../pipeline/record/store.js";
import type { ReadFramesRequest } from "../../proto/gen/depthmesh/stage/v1/render_service.js";
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

const start = (token: string): ReadFramesRequest => ({
  kind: { $case: "start", value: { job: "j", generation: 1, token } },
});
const credit = (frames: number): ReadFramesRequest => ({
  kind: { $case: "credit", value: { frames } },
});

/** Reads a clip of three frames of one byte; returns the numbers of the frames that came. */
async function read(requests: AsyncIterable<ReadFramesRequest>): Promise<number[]> {
  const scenes = new ServedScenes();
  scenes.add("j", {
    generation: 1,
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
  const frames: number[] = [];
  const parts = { scenes, store, stallMs: 1_000, framesBy: "auto" as const, log };
  for await (const { kind } of readFrames(parts, requests, new AbortController().signal)) {
    if (kind?.$case === "band") frames.push(kind.value.frame);
  }
  return frames;
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

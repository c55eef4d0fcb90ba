/** An ffmpeg that cannot read a socket is found out when it has failed, and not before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import type { FramesBy } from "../../pipeline/settings.js";
import { FramesWay } from "./frames-way.js";

const CRASH = new DepthmeshError("ENCODER_CRASHED", "the video encoder failed");

function wayWith(framesBy: FramesBy, canRead: boolean) {
  const told = { trials: 0, warnings: 0 };
  const trial = async () => {
    told.trials += 1;
    if (!canRead) throw new Error("unix: Protocol not found");
  };
  return { told, way: new FramesWay(framesBy, { warn: () => (told.warnings += 1) }, trial) };
}

test("after a crash for which the socket is not to blame, everything stays as it is", async () => {
  const { told, way } = wayWith("auto", true);
  assert.equal(await way.explain(CRASH), CRASH);
  assert.equal(await way.explain(CRASH), CRASH);
  assert.equal(way.now, "auto");
  assert.deepEqual(told, { trials: 1, warnings: 0 });
});

test("where the socket is to blame, the next attempt gets its frames by gRPC, and no attempt is counted", async () => {
  const { told, way } = wayWith("auto", false);
  assert.equal(way.now, "auto");
  for (let crash = 0; crash < 2; crash++) {
    const { reason } = (await way.explain(CRASH)) as DepthmeshError;
    assert.equal(reason, "SERVICE_UNAVAILABLE");
  }
  assert.equal(way.now, "grpc");
  assert.deepEqual(told, { trials: 1, warnings: 1 });
});

test("where only a socket is allowed, the job ends with what to do", async () => {
  const { way } = wayWith("socket", false);
  const { reason, message } = (await way.explain(CRASH)) as DepthmeshError;
  assert.equal(reason, "FRAMES_NOT_LOCAL");
  assert.match(message, /DEPTHMESH_FRAMES_BY/);
  assert.equal(way.now, "socket");
});

test("an error of something else is not tried for", async () => {
  const { told, way } = wayWith("auto", false);
  const lost = new DepthmeshError("FRAME_SOURCE_LOST", "the renderer of these frames is gone");
  assert.equal(await way.explain(lost), lost);
  assert.equal(told.trials, 0);
});

test("the ffmpeg of this machine reads a socket", async () => {
  const way = new FramesWay("socket", { warn: () => {} });
  assert.equal(await way.explain(CRASH), CRASH);
});

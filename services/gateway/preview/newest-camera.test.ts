import assert from "node:assert/strict";
import { test } from "node:test";
import type { InteractCamera } from "../../../proto/gen/depthmesh/v1/preview_service.js";
import { NewestCamera } from "./newest-camera.js";

const camera = (sequence: number): InteractCamera => ({ sequence, x: 0, y: 0, dolly: 0 });

test("the newest camera is taken, with the number of those before it", () => {
  const cameras = new NewestCamera();
  assert.equal(cameras.take(), undefined);
  for (const sequence of [1, 2, 3]) cameras.push(camera(sequence));
  assert.deepEqual(cameras.take(), { camera: camera(3), passedOver: 2 });
  assert.equal(cameras.isThere, false);
  cameras.push(camera(4));
  assert.deepEqual(cameras.take(), { camera: camera(4), passedOver: 0 });
});

test("one that was not drawn is drawn again, unless a newer one is there", () => {
  const cameras = new NewestCamera();
  cameras.push(camera(1));
  const first = cameras.take();
  assert.ok(first);
  cameras.giveBack(first);
  assert.deepEqual(cameras.take(), { camera: camera(1), passedOver: 0 });
  cameras.push(camera(2));
  cameras.push(camera(3));
  cameras.giveBack(first);
  assert.deepEqual(cameras.take(), { camera: camera(3), passedOver: 2 });
});

test("the error of the caller's messages is thrown by whoever looks for a camera", () => {
  const cameras = new NewestCamera();
  cameras.end(new Error("the call broke"));
  assert.equal(cameras.hasEnded, true);
  assert.throws(() => cameras.isThere, /the call broke/);
});

/** ServedScenes keeps the newest generation of a job, whatever order its slots begin and end in. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../core/errors.js";
import type { RenderScene } from "./render-scene.js";
import { type ServedScene, ServedScenes } from "./served-scenes.js";

/** These tests draw nothing. */
const scene = {} as RenderScene;

const served = (generation: number): ServedScene => ({
  ...{ generation, scene, path: [], firstFrame: 0, frameRate: { numerator: 24, denominator: 1 } },
  signal: new AbortController().signal,
  report: () => {},
});

const lost = (error: unknown) =>
  error instanceof DepthmeshError && error.reason === "FRAME_SOURCE_LOST";

test("removing an older generation leaves the newer one of another slot", () => {
  const scenes = new ServedScenes();
  scenes.add("job", served(1));
  const newer = served(2);
  scenes.add("job", newer);
  const pull = scenes.beginPull("job");
  scenes.remove("job", 1);
  assert.equal(scenes.find("job", 2), newer);
  assert.equal(pull.aborted, false);
  scenes.remove("job", 2);
  assert.throws(() => scenes.find("job", 2), lost);
  assert.ok(pull.aborted);
});

test("an older generation that is added late does not replace the newer one", () => {
  const scenes = new ServedScenes();
  const newer = served(2);
  scenes.add("job", newer);
  scenes.add("job", served(1));
  assert.equal(scenes.find("job", 2), newer);
  assert.throws(() => scenes.find("job", 1), lost);
});

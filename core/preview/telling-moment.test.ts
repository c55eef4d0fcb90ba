import assert from "node:assert/strict";
import { test } from "node:test";
import { cameraPath, type PresetName } from "../scene/presets.js";
import { tellingMoment } from "./telling-moment.js";

const moment = (preset: PresetName) =>
  tellingMoment(cameraPath({ preset, intensity: 1, phaseTurns: 0 }, 32), 1.5) / 32;

test("a path is told by the moment at which it is farthest from the photo", () => {
  assert.ok([0.25, 0.75].includes(moment("horizontal")));
  assert.ok([0.25, 0.75].includes(moment("vertical")));
  assert.equal(moment("zoom"), 0.5);
  // There and back: the end is in the middle of the clip.
  assert.equal(moment("push-in"), 0.5);
  assert.equal(moment("zoom-out"), 0);
  assert.equal(moment("still"), 0);
});

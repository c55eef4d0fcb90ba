/** Which camera and which limit a request gets by what it sets itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpecRequest } from "./request.js";
import { resolveSpec } from "./resolve-spec.js";

const LIMITS = { models: ["tiny"], maxFrames: 3600 };

function cameraOf(request: Partial<SpecRequest>) {
  const whole = { fields: {}, motions: [], outputs: [], artifacts: [], ...request };
  return resolveSpec(whole, LIMITS).camera;
}

const SWAY = { parameter: "camera.offset.x", components: [{ kind: "sine", amplitude: 0.5 }] };
const PULSE = { parameter: "effects.color.gamma", components: [{ kind: "sine", amplitude: 9 }] };

test("a preset is limited, a movement of the caller's own only where a limit is named", () => {
  const cases: readonly [Partial<SpecRequest>, string][] = [
    [{}, "auto"],
    [{ preset: "zoom" }, "auto"],
    [{ preset: "zoom", fields: { "camera.phase": 0.5, "camera.loop": "ping-pong" } }, "auto"],
    [{ fields: { "camera.target.x": 0.5, "camera.mirror": false } }, "auto"],
    [{ fields: { "effects.vignette.intensity": 1 }, motions: [PULSE] }, "auto"],
    [{ fields: { "camera.intensity": 1 } }, "none"],
    [{ fields: { "camera.height": 0.2 } }, "none"],
    [{ preset: "still", motions: [SWAY] }, "none"],
    [{ fields: { "camera.intensity": 3, "camera.limit": "auto" } }, "auto"],
    [{ motions: [SWAY], fields: { "camera.limit": "strict" } }, "strict"],
    [{ motions: [SWAY], fields: { "camera.max_stretch_p99": 2 } }, "auto"],
    [{ fields: { "camera.height": 0.2, "camera.max_hidden_area_percent": 1 } }, "auto"],
    [{ fields: { "camera.limit": "none", "camera.max_hidden_area_percent": 1 } }, "none"],
  ];
  for (const [request, limit] of cases) {
    assert.equal(cameraOf(request).limit, limit, JSON.stringify(request));
  }
});

test("without a preset the photo decides, unless the caller moves the camera itself", () => {
  const cases: readonly [Partial<SpecRequest>, string][] = [
    [{}, "auto"],
    [{ preset: "" }, "auto"],
    [{ fields: { "camera.intensity": 0.5, "camera.loop": "ping-pong" } }, "auto"],
    [{ fields: { "camera.target.x": 0.5 } }, "auto"],
    [{ motions: [PULSE] }, "auto"],
    [{ fields: { "camera.height": 0.2 } }, "circle"],
    [{ motions: [SWAY] }, "circle"],
    [{ preset: "pan", motions: [SWAY] }, "pan"],
    [{ preset: "auto", fields: { "camera.height": 0.2 } }, "auto"],
  ];
  for (const [request, preset] of cases) {
    assert.equal(cameraOf(request).preset, preset, JSON.stringify(request));
  }
});

test("the limits have defaults, and zero is one of their values", () => {
  const { maxHiddenAreaPercent, maxStretchP99 } = cameraOf({});
  assert.ok(maxHiddenAreaPercent > 0 && maxStretchP99 > 1);
  const none = cameraOf({ fields: { "camera.max_hidden_area_percent": 0 } });
  assert.equal(none.maxHiddenAreaPercent, 0);
});

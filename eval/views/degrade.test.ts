/** Maps that are made worse, as an estimator would give them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withMap } from "./degrade.js";
import { makeScene } from "./scenes.js";

test("a smaller estimate is a worse map on the truth's scale", () => {
  const scene = makeScene("table", 2, { width: 640, height: 360 });
  assert.equal(withMap(scene, "exact"), scene);
  const rmse = (kind: "518" | "256") => {
    const { disparity, disparitySize } = withMap(scene, kind);
    assert.deepEqual(disparitySize, scene.disparitySize);
    assert.ok(disparity.every((d) => d >= 0 && d <= 1));
    const sum = disparity.reduce((all, d, i) => all + (d - (scene.disparity[i] ?? 0)) ** 2, 0);
    return Math.sqrt(sum / disparity.length);
  };
  const [large, small] = [rmse("518"), rmse("256")];
  // A map of one value would be off by the truth's deviation, about 0.2.
  assert.ok(0 < large && large < small && small < 0.1, `${large}, ${small}`);
});

/**
 * I420 frames equal the BT.709 conversion of the same frames in RGB, also for widths whose rows are
 * not whole texels of four bytes.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { withoutEffects } from "../../core/scene/frame-state.js";
import { i420Formula } from "../../testing/render/i420-formula.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { boxesScene, sceneData } from "../../testing/render/small-scenes.js";

const { renderer, close } = await openRenderer();
after(close);

for (const width of [14, 96, 98, 100, 102]) {
  test(`the I420 planes of a frame ${width} pixels wide match its RGB`, async () => {
    const frame = { width, height: 54 };
    const [state] = withoutEffects([{ ...DEFAULT_CAMERA, offset: { x: 0.4, y: 0.1 } }]);
    assert.ok(state);
    const scene = await renderer.open(sceneData(boxesScene(), [state.camera], frame));
    const { rgb } = await scene.still(state, 0);
    let compared = 0;
    for await (const { bytes } of scene.frames([state], new AbortController().signal)) {
      const expected = i420Formula(frame, (x, y, c) => rgb[3 * (y * width + x) + c] ?? 0);
      assert.equal(bytes.length, expected.length);
      for (const [i, value] of expected.entries()) {
        assert.ok(Math.abs((bytes[i] ?? 0) - value) <= 1, `byte ${i}: ${bytes[i]} for ${value}`);
        compared += 1;
      }
    }
    assert.ok(compared > 0);
    await scene.close();
  });
}

/**
 * I420 frames equal the BT.709 conversion of the same frames in RGB, also for widths whose rows are
 * not whole texels of four bytes.
 */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { DEFAULT_CAMERA } from "../../core/scene/camera.js";
import { withoutEffects } from "../../core/scene/frame-state.js";
import { openRenderer } from "../../testing/render/open-renderer.js";
import { boxesScene, sceneData } from "../../testing/render/small-scenes.js";

const { renderer, close } = await openRenderer();
after(close);

const LUMA = [0.2126, 0.7152, 0.0722] as const;

/** I420 planes by ITU-R BT.709, limited range, computed on the CPU: bytes before rounding. */
function planesOfRgb(rgb: Uint8Array, width: number, height: number): number[] {
  const channel = (x: number, y: number, c: number) => (rgb[3 * (y * width + x) + c] ?? 0) / 255;
  const luma = (pixel: readonly number[]) =>
    LUMA.reduce((sum, weight, c) => sum + weight * (pixel[c] ?? 0), 0);
  const planes: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      planes.push(16 + 219 * luma([0, 1, 2].map((c) => channel(x, y, c))));
    }
  }
  for (const [c, scale] of [
    [2, 1.8556],
    [0, 1.5748],
  ] as const) {
    for (let y = 0; y < height; y += 2) {
      for (let x = 0; x < width; x += 2) {
        const mean = [0, 1, 2].map((k) => {
          const block = [channel(x, y, k), channel(x + 1, y, k), channel(x, y + 1, k)];
          return (block.reduce((a, b) => a + b, 0) + channel(x + 1, y + 1, k)) / 4;
        });
        planes.push(128 + (224 * ((mean[c] ?? 0) - luma(mean))) / scale);
      }
    }
  }
  return planes;
}

for (const width of [96, 98, 100, 102]) {
  test(`the I420 planes of a frame ${width} pixels wide match its RGB`, async () => {
    const frame = { width, height: 54 };
    const [state] = withoutEffects([{ ...DEFAULT_CAMERA, offset: { x: 0.4, y: 0.1 } }]);
    assert.ok(state);
    const scene = await renderer.open(sceneData(boxesScene(), [state.camera], frame));
    const { rgb } = await scene.still(state, 0);
    let compared = 0;
    for await (const { bytes } of scene.frames([state], new AbortController().signal)) {
      const expected = planesOfRgb(rgb, frame.width, frame.height);
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

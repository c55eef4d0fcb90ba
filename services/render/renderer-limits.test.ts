/** Scenes in a real GL context: stills, the driver's limits, and that closing frees everything. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { SceneData } from "../../core/scene/clip/scene-data.js";
import { withoutEffects } from "../../core/scene/frame-state.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath } from "../../core/scene/presets.js";
import { openRenderer } from "../../testing/render/open-renderer.js";

const FRAME = { width: 96, height: 64 };
const STILL = cameraPath({ preset: "still", intensity: 1, phaseTurns: 0 }, 1);
const [STILL_STATE] = withoutEffects(STILL);

const { renderer, close } = await openRenderer();
after(close);

const MAP = { width: 48, height: 32 };

/** A photo of one color above another. */
function open(change: Partial<SceneData> = {}) {
  const { width, height } = FRAME;
  const photo = new Uint8Array(3 * width * height);
  for (let i = 0; i < photo.length; i += 3)
    photo.set(i < photo.length / 2 ? [200, 30, 10] : [10, 60, 250], i);
  return renderer.open({
    photo,
    photoSize: FRAME,
    disparity: new Uint16Array(48 * 32).map((_, i) => (i % 48) * 1300),
    disparitySize: MAP,
    frame: FRAME,
    geometry: sceneGeometry({ photo: FRAME, disparity: MAP, frame: FRAME }, STILL, "fast"),
    ...change,
  });
}

test("a still is RGB, its top row first", async () => {
  assert.ok(STILL_STATE);
  const opened = await open();
  const { rgb, width, height } = await opened.still(STILL_STATE, 0);
  assert.deepEqual({ width, height }, FRAME);
  assert.deepEqual([...rgb.subarray(0, 3)], [200, 30, 10]);
  assert.deepEqual([...rgb.subarray(-3)], [10, 60, 250]);
  await opened.close();
});

test("a flat scene is drawn like any other", async () => {
  assert.ok(STILL_STATE);
  const path = cameraPath({ preset: "circle", intensity: 4, phaseTurns: 0 }, 3);
  const geometry = sceneGeometry({ photo: FRAME, disparity: MAP, frame: FRAME }, path, "fast");
  for (const value of [0, 30_000, 65_535]) {
    const opened = await open({ disparity: new Uint16Array(48 * 32).fill(value), geometry });
    for (const state of withoutEffects(path)) {
      const { rgb } = await opened.still(state, 0);
      assert.ok([200, 10].includes(rgb[0] ?? 0), "every pixel is the photo's");
    }
    await opened.close();
  }
});

test("a frame beyond the driver's limit is refused, and the next scene is drawn", async () => {
  const width = renderer.limits.frameSidePixels + 2;
  await assert.rejects(open({ frame: { width, height: 64 } }), {
    reason: "PARAMETER_OUT_OF_RANGE",
  });
  await (await open()).close();
});

test("a photo beyond the driver's limit is scaled down with a note", async () => {
  assert.ok(STILL_STATE);
  const width = renderer.limits.textureSidePixels + 500;
  const photo = new Uint8Array(3 * width * 4);
  for (let i = 0; i < photo.length; i += 3) photo.set([90, 160, 40], i);
  const opened = await open({ photo, photoSize: { width, height: 4 } });
  assert.deepEqual(
    opened.notes.map(({ code }) => code),
    ["PHOTO_SCALED", "DEPTH_STRETCHED"],
  );
  const { rgb } = await opened.still(STILL_STATE, 0);
  assert.deepEqual([...rgb.subarray(0, 3)], [90, 160, 40]);
  await opened.close();
});

test("a closed scene leaves no GL objects", async () => {
  const before = await renderer.objectCounts();
  const opened = await open();
  assert.ok((await renderer.objectCounts()).textures > before.textures);
  await opened.close();
  assert.deepEqual(await renderer.objectCounts(), before);
});

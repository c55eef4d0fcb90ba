/** A clip without a background: only the foreground is drawn, at rest and beside a silhouette. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Size } from "../../core/geometry/size.js";
import { cutoutRange } from "../../core/scene/cutout.js";
import { EDGES } from "../../core/scene/edges.js";
import { type FrameState, withoutEffects } from "../../core/scene/frame-state.js";
import { sceneGeometry } from "../../core/scene/geometry.js";
import { cameraPath } from "../../core/scene/presets.js";
import { openRenderer } from "../../testing/render/open-renderer.js";

const FRAME: Size = { width: 192, height: 128 };
const NEAR = [200, 40, 30];
const FAR = [20, 60, 180];

const { renderer, close } = await openRenderer();
after(close);

/** A near thing in the middle third, at 0.8, before a floor that comes nearer to 0.4. */
const isNear = (column: number) => column >= FRAME.width / 3 && column < (2 * FRAME.width) / 3;

const photo = new Uint8Array(3 * FRAME.width * FRAME.height);
const disparity = new Uint16Array(FRAME.width * FRAME.height);
for (let at = 0; at < disparity.length; at++) {
  const near = isNear(at % FRAME.width);
  photo.set(near ? NEAR : FAR, 3 * at);
  const row = Math.floor(at / FRAME.width) / FRAME.height;
  disparity[at] = Math.round(65535 * (near ? 0.8 : 0.4 * row));
}

const path = cameraPath({ preset: "horizontal", intensity: 1, phaseTurns: 0 }, 4);
const [REST, RIGHT] = withoutEffects(path);

for (const edges of EDGES) {
  test(`edges ${edges}: the foreground is opaque, all else is transparent, and it moves`, async () => {
    const sizes = { photo: FRAME, disparity: FRAME, frame: FRAME };
    const scene = await renderer.open({
      ...{ photo, photoSize: FRAME, disparity, disparitySize: FRAME, frame: FRAME },
      geometry: sceneGeometry(sizes, path, "balanced", edges),
      transparent: true,
      cutout: cutoutRange(0.6),
    });
    const row = async (state: FrameState | undefined) => {
      const { rgba } = await scene.transparentStill(state ?? assert.fail(), 0);
      const start = 4 * FRAME.width * (FRAME.height / 2);
      return Array.from({ length: FRAME.width }, (_, x) => [
        ...rgba.subarray(start + 4 * x, start + 4 * x + 4),
      ]);
    };
    const rest = await row(REST);
    const middle = FRAME.width / 2;
    assert.deepEqual(rest[middle], [...NEAR, 255]);
    assert.equal(rest[10]?.[3], 0);
    assert.equal(rest[FRAME.width - 10]?.[3], 0);
    const bounds = (pixels: number[][]) => {
      const opaque = pixels.flatMap(([, , , alpha = 0], x) => (alpha > 127 ? [x] : []));
      return [opaque[0] ?? -1, opaque.at(-1) ?? -1] as const;
    };
    const [left, right] = bounds(rest);
    assert.ok(Math.abs(right - left - FRAME.width / 3) < 6, `${left} to ${right}`);
    // Nothing of the wall's blue is left at the edges.
    for (const [red = 0, , blue = 0, alpha = 0] of rest) {
      if (alpha > 127) assert.ok(red > blue, `${[red, blue, alpha]}`);
    }
    const [moved] = bounds(await row(RIGHT));
    assert.ok(Math.abs(moved - left) > 2, `${left}, then ${moved}`);
    await scene.close();
  });
}

test("a floor that runs through the begin of the foreground fades over", async () => {
  const sizes = { photo: FRAME, disparity: FRAME, frame: FRAME };
  const scene = await renderer.open({
    ...{ photo, photoSize: FRAME, disparity, disparitySize: FRAME, frame: FRAME },
    geometry: sceneGeometry(sizes, path, "balanced", "fill"),
    transparent: true,
    cutout: cutoutRange(0.2),
  });
  const { rgba } = await scene.transparentStill(REST ?? assert.fail(), 0);
  const alphas = Array.from(
    { length: FRAME.height },
    (_, y) => rgba[4 * (y * FRAME.width + 4) + 3],
  );
  assert.equal(alphas[0], 0);
  assert.equal(alphas.at(-1), 255);
  const fading = alphas.filter((alpha = 0) => alpha > 10 && alpha < 245).length;
  assert.ok(fading >= 6 && fading <= 20, `${fading} rows`);
  await scene.close();
});

/** Beyond the photo's edges it goes on mirrored, in every program that draws it, as in a march. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type CameraState, DEFAULT_CAMERA } from "../core/scene/camera.js";
import { EDGES } from "../core/scene/edges.js";
import { sceneGeometry } from "../core/scene/geometry.js";
import { MAX_COPY } from "../core/scene/mesh/mirrored.js";
import { QUALITIES } from "../core/scene/quality.js";
import { openDisplay } from "../services/render/display.js";
import { psnr } from "../testing/render/measure.js";
import { hillScene } from "../testing/render/small-scenes.js";
import { Stage } from "../testing/render/stage.js";
import { sheetsOf } from "./sheets.js";

// Never closed: the GL context lives until the process ends, and the display must outlive it.
await openDisplay((why) => {
  throw why;
});
const stage = new Stage({ width: 320, height: 180 });
const CONVERGED = { probes: 500, backSteps: 1, bisections: 8 };
/** Triangles of quality fast lie a little beside the hill. */
const SAME_DECIBELS = 37;
const OTHER_DECIBELS = 15;

const hill = { ...hillScene(), name: "hill" };
/** What is seen far beyond the copies is flat. */
const flat = { ...hill, disparity: hill.disparity.map(() => 0) };

const WIDE: CameraState = { ...DEFAULT_CAMERA, zoom: 2 };
const CAMERAS: readonly (readonly [name: string, camera: CameraState, pastCopies: boolean])[] = [
  ["all edges", WIDE, false],
  ["the upper right", { ...DEFAULT_CAMERA, center: { x: 1.2, y: 0.8 } }, false],
  ["the lower left", { ...DEFAULT_CAMERA, center: { x: -1.2, y: -0.8 } }, false],
  ["far beyond the copies", { ...WIDE, center: { x: 3.2, y: 2 } }, true],
];

for (const [name, camera, pastCopies] of CAMERAS) {
  const scene = pastCopies ? flat : hill;
  for (const edges of EDGES) {
    for (const quality of QUALITIES) {
      test(`${name}, ${edges}, ${quality}: the photo goes on mirrored`, () => {
        const sizes = {
          photo: scene.photoSize,
          disparity: scene.disparitySize,
          frame: stage.frame,
        };
        const geometry = sceneGeometry(sizes, [camera], quality, edges);
        const { maxX } = geometry.extent;
        assert.equal(maxX > 2 * MAX_COPY + 1, pastCopies, `sees up to ${maxX}`);
        const staged = stage.open(scene, geometry, sheetsOf({ ...scene, geometry }));
        const drawn = staged.picture(camera, "RGBA").slice();
        const ending = staged.picture({ ...camera, mirror: false }, "RGBA").slice();
        const marched = staged.picture(camera, "RGBA", CONVERGED);
        staged.close();
        const same = psnr(drawn, marched);
        assert.ok(same >= SAME_DECIBELS, `${same} dB`);
        const other = psnr(ending, marched);
        assert.ok(other < OTHER_DECIBELS, `what ends in black: ${other} dB`);
      });
    }
  }
}

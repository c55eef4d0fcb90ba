/**
 * A GL thread that does not answer in time is lost. The file has one test because `gl` loads only
 * once per process.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SceneData } from "../../core/scene/clip/scene-data.js";
import { openDisplay } from "./display.js";
import { startGlThread } from "./renderer.js";

/** A scene whose mesh takes far longer than a millisecond to build. */
function slowScene(): SceneData {
  const size = { width: 2048, height: 2048 };
  return {
    photo: new Uint8Array(3),
    photoSize: { width: 1, height: 1 },
    disparity: new Uint16Array(size.width * size.height).map((_, i) => (i * 7919) % 65_536),
    disparitySize: size,
    frame: { width: 64, height: 64 },
    geometry: {
      halfSides: { x: 1, y: 1 },
      texture: { width: 1, height: 1 },
      extent: { minX: -1, maxX: 1, minY: -1, maxY: 1 },
      detail: {
        meshSide: 1025,
        meshError: 0.0005,
        maxError: 0.0005,
        texelsPerDisparity: 1,
        dearest: "search",
        sheetError: 0.0005,
        maxTriangles: 1,
      },
      reach: undefined,
    },
  };
}

test("a command over its time budget loses the thread and rejects what waits", async () => {
  const losses: Error[] = [];
  const display = await openDisplay((why) => losses.push(why));
  const { thread } = await startGlThread((why) => losses.push(why));
  const data = slowScene();
  const slow = thread.ask("open", { scene: 1, data }, { budgetMs: 1 });
  const behind = thread.ask("count", undefined, { budgetMs: 60_000 });
  await assert.rejects(slow, { reason: "RENDERER_LOST", message: /made no progress for 1 ms/ });
  await assert.rejects(behind, { reason: "RENDERER_LOST" });
  await assert.rejects(thread.ask("count", undefined, { budgetMs: 60_000 }), {
    reason: "RENDERER_LOST",
  });
  assert.equal(losses.length, 1);
  await thread.stop();
  display.close();
});

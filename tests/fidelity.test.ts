/**
 * Quality fine against a fixed-step march, both compared with a converged march: at least as close
 * where the map is smooth, within 1 dB at sharp edges.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PresetName } from "../core/scene/presets.js";
import { openDisplay } from "../services/render/display.js";
import { Case, MARCH } from "../testing/render/measure.js";
import { type BenchScene, madeScenes } from "../testing/render/scenes.js";
import { hillScene } from "../testing/render/small-scenes.js";
import { Stage } from "../testing/render/stage.js";

// Never closed: the GL context lives until the process ends, and the display must outlive it.
await openDisplay((why) => {
  throw why;
});
const stage = new Stage({ width: 480, height: 270 });

function fidelity(scene: BenchScene, preset: PresetName, intensity?: number) {
  const seen = new Case(stage, scene, preset, intensity);
  return seen.with(seen.build("fine").mesh, (staged) => {
    const reference = seen.reference(staged);
    return {
      fine: seen.decibels(staged, reference),
      march: seen.decibels(staged, reference, MARCH),
    };
  });
}

const smooth: BenchScene = { name: "smooth", ...hillScene() };

/** A box at disparity 1 on a map of many rows, which needs the longest searches. */
function towerScene(): BenchScene {
  const size = { width: 1024, height: 576 };
  const disparity = Uint16Array.from({ length: size.width * size.height }, (_, i) => {
    const x = (i % size.width) / size.width;
    const y = Math.floor(i / size.width) / size.height;
    return Math.abs(x - 0.5) < 0.15 && Math.abs(y - 0.5) < 0.25 ? 65535 : 6553;
  });
  return { ...smooth, name: "tower", disparity, disparitySize: size };
}

for (const intensity of [1, 4]) {
  test(`a tower of disparity 1 at intensity ${intensity} is within 1 dB of the march`, () => {
    const { fine, march } = fidelity(towerScene(), "horizontal", intensity);
    assert.ok(fine >= march - 1, `${fine} dB against ${march} dB`);
  });
}

for (const preset of ["circle", "dolly", "zoom"] as const) {
  test(`a smooth map, ${preset}: at least as close to the converged picture as the march`, () => {
    const { fine, march } = fidelity(smooth, preset);
    assert.ok(fine >= march, `${fine} dB against ${march} dB`);
  });
  for (const scene of madeScenes()) {
    test(`${scene.name}, ${preset}: sharp edges are within 1 dB of the march`, () => {
      const { fine, march } = fidelity(scene, preset);
      assert.ok(fine >= march - 1, `${fine} dB against ${march} dB`);
    });
  }
}

/** Quality fine against a fixed-step march, both against a converged one: as close where the map is smooth, within 1 dB at edges. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PresetName } from "../core/scene/presets.js";
import { openDisplay } from "../services/render/display.js";
import { Case, MARCH } from "../testing/render/measure.js";
import { type BenchScene, madeScenes } from "../testing/render/scenes.js";
import { hillScene } from "../testing/render/small-scenes.js";
import { Stage } from "../testing/render/stage.js";

// A context lives as long as its process, and the display must outlive the context: it goes with the process.
await openDisplay((why) => {
  throw why;
});
const stage = new Stage({ width: 480, height: 270 });

function fidelity(scene: BenchScene, preset: PresetName, intensity = 1) {
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

/** One box as near as can be, on a map of many rows: the longest searches that a path asks for. */
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
  test(`a tower to disparity 1 at intensity ${intensity}: within 1 dB of the march`, () => {
    const { fine, march } = fidelity(towerScene(), "horizontal", intensity);
    assert.ok(fine >= march - 1, `${fine} dB against ${march} dB`);
  });
}

for (const preset of ["circle", "dolly", "zoom"] as const) {
  test(`a smooth map, ${preset}: no farther from the truth than the march`, () => {
    const { fine, march } = fidelity(smooth, preset);
    assert.ok(fine >= march, `${fine} dB against ${march} dB`);
  });
  for (const scene of madeScenes()) {
    test(`${scene.name}, ${preset}: sharp edges within 1 dB of the march`, () => {
      const { fine, march } = fidelity(scene, preset);
      assert.ok(fine >= march - 1, `${fine} dB against ${march} dB`);
    });
  }
}

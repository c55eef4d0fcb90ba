/** Quality fine against a fixed-step march, both against a converged one: as close where the map is smooth, within 1 dB at edges. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Case, MARCH } from "../bench/render/measure.js";
import { type BenchScene, madeScenes } from "../bench/render/scenes.js";
import { Stage } from "../bench/render/stage.js";
import type { PresetName } from "../core/scene/presets.js";
import { openDisplay } from "../services/render/display.js";
import { hillScene } from "./small-scenes.js";

// A context lives as long as its process, and the display must outlive the context: it goes with the process.
await openDisplay((why) => {
  throw why;
});
const stage = new Stage({ width: 480, height: 270 });

function fidelity(scene: BenchScene, preset: PresetName) {
  const seen = new Case(stage, scene, preset);
  return seen.with(seen.build("fine").mesh, (staged) => {
    const reference = seen.reference(staged);
    return {
      fine: seen.decibels(staged, reference),
      march: seen.decibels(staged, reference, MARCH),
    };
  });
}

const smooth: BenchScene = { name: "smooth", ...hillScene() };

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

/** Colormaps keep the order that they show. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { labOf } from "./color.js";
import { COLORMAPS, colorize } from "./colormap.js";

const RAMP = Float32Array.from({ length: 65 }, (_, i) => i / 64);

function steps(colormap: (typeof COLORMAPS)[number]) {
  const lab = labOf(colorize(RAMP, colormap));
  const lightness = Array.from({ length: 65 }, (_, i) => lab[3 * i] ?? 0);
  const differences = Array.from({ length: 64 }, (_, i) =>
    Math.hypot(...[0, 1, 2].map((c) => (lab[3 * (i + 1) + c] ?? 0) - (lab[3 * i + c] ?? 0))),
  );
  return { lightness, differences };
}

test("gray and ember grow lighter with every step, so that they can be read in print", () => {
  for (const colormap of ["gray", "ember"] as const) {
    const { lightness } = steps(colormap);
    for (let i = 1; i < 65; i++) {
      assert.ok((lightness[i] ?? 0) > (lightness[i - 1] ?? 0), `${colormap} at ${i}`);
    }
  }
});

test("no step is invisible, and none is much larger than the others", () => {
  for (const colormap of COLORMAPS) {
    const { differences } = steps(colormap);
    const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
    assert.ok(Math.min(...differences) > 0.5, `${colormap}: ${Math.min(...differences)}`);
    assert.ok(Math.max(...differences) < 3 * mean, `${colormap}: ${Math.max(...differences)}`);
  }
});

test("gray is gray, and what lies outside is clamped", () => {
  const rgb = colorize(Float32Array.from([-1, 0, 1, 2]), "gray");
  assert.deepEqual([...rgb], [0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255]);
});

/** Color, vignette and grain follow their formulas in docs/effects.md. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EffectState, NO_EFFECTS } from "../../core/scene/effects.js";
import { byteAt, openEffectStage, paint, statistics } from "../../testing/render/effect-stage.js";

const { apply } = await openEffectStage();
const NEUTRAL = NO_EFFECTS.color;
/** All colors with six levels per channel. */
const PALETTE = paint({ width: 36, height: 6 }, (x, y) => [
  51 * (x % 6),
  51 * Math.floor(x / 6),
  51 * y,
  0,
]);
const GRAY = paint({ width: 256, height: 256 }, () => [128, 128, 128, 0]);

type Rgb = readonly [number, number, number];

const clamp = (value: number) => Math.min(1, Math.max(0, value));
const luma = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
const each = (rgb: Rgb, change: (value: number) => number): Rgb => [
  change(rgb[0]),
  change(rgb[1]),
  change(rgb[2]),
];

function graded(rgb: Rgb, color: EffectState["color"]): Rgb {
  const contrasted = each(rgb, (c) =>
    clamp(((c * color.brightness) / 100 - 0.5) * (color.contrast / 100) + 0.5),
  );
  const bent = each(contrasted, (c) => c ** (100 / Math.max(1, color.gamma)));
  const y = luma(bent);
  const saturated = each(bent, (c) => clamp(y + ((c - y) * color.saturation) / 100));
  const gray = luma(saturated);
  const [r, g, b] = each(saturated, (c) => c + ((gray - c) * color.grayscale) / 100);
  const sepia: Rgb = [
    Math.min(1, 0.393 * r + 0.769 * g + 0.189 * b),
    Math.min(1, 0.349 * r + 0.686 * g + 0.168 * b),
    Math.min(1, 0.272 * r + 0.534 * g + 0.131 * b),
  ];
  const toned = color.sepia / 100;
  return [r + (sepia[0] - r) * toned, g + (sepia[1] - g) * toned, b + (sepia[2] - b) * toned];
}

test("colors equal the formulas within one level, at both ends of each range and between", () => {
  const settings: Partial<EffectState["color"]>[] = [
    ...[0, 60, 200].flatMap((saturation) => [{ saturation }]),
    ...[0, 50, 200].flatMap((contrast) => [{ contrast }]),
    ...[0, 80, 200].flatMap((brightness) => [{ brightness }]),
    ...[0, 50, 220, 400].flatMap((gamma) => [{ gamma }]),
    ...[30, 100].flatMap((grayscale) => [{ grayscale }]),
    ...[30, 100].flatMap((sepia) => [{ sepia }]),
    { saturation: 150, contrast: 120, brightness: 90, gamma: 130, grayscale: 20, sepia: 40 },
  ];
  for (const setting of settings) {
    const color = { ...NEUTRAL, ...setting };
    const { rgba } = apply(PALETTE, { color });
    for (let i = 0; i < rgba.length; i += 4) {
      const was = Array.from(
        PALETTE.rgba.subarray(i, i + 3),
        (value) => value / 255,
      ) as unknown as Rgb;
      for (const [channel, wanted] of graded(was, color).entries()) {
        const got = rgba[i + channel] ?? 0;
        const what = `${JSON.stringify(setting)}: ${was} gives ${got}, not ${255 * wanted}`;
        assert.ok(Math.abs(got - 255 * wanted) <= 1, what);
      }
    }
  }
});

test("a setting very close to neutral changes nothing", () => {
  const color = { ...NEUTRAL, saturation: 100 + 1e-9 };
  const { rgba } = apply(PALETTE, { color });
  assert.deepEqual(
    rgba.filter((_, i) => i % 4 < 3),
    PALETTE.rgba.filter((_, i) => i % 4 < 3),
  );
});

test("a vignette keeps the center and darkens the corners by its intensity", () => {
  const { width, height } = GRAY.size;
  for (const intensity of [0.5, 1]) {
    for (const decay of [1, 20, 100]) {
      const picture = apply(GRAY, { vignette: { intensity, decay } });
      const diagonal = [...Array(width / 2).keys()].map((i) =>
        byteAt(picture, width / 2 + i, height / 2 + i, 0),
      );
      assert.ok(Math.abs((diagonal[0] ?? 0) - 128) <= 1);
      for (const [i, value] of diagonal.entries())
        assert.ok(i === 0 || value <= (diagonal[i - 1] ?? 0));
      if (decay >= 20) assert.ok(Math.abs((diagonal.at(-1) ?? 99) - 128 * (1 - intensity)) <= 2);
    }
  }
  const quadratic = apply(GRAY, { vignette: { intensity: 1, decay: 20 } });
  // Half way to the edge along x: r² is an eighth.
  assert.ok(Math.abs(byteAt(quadratic, 191, 127, 0) - 128 * (7 / 8)) <= 2);
});

test("a vignette with a decay of 0 changes nothing", () => {
  assert.deepEqual(apply(GRAY, { vignette: { intensity: 1, decay: 0 } }).rgba, GRAY.rgba);
});

test("grain has mean 0, the requested standard deviation, and no pattern", () => {
  for (const grain of [0.02, 0.1]) {
    const picture = apply(GRAY, { grain });
    const { mean, deviation } = statistics(picture, 0);
    assert.ok(Math.abs(mean - 128) < 4 * ((255 * grain) / 256), `mean ${mean}`);
    assert.ok(Math.abs(deviation / (255 * grain) - 1) < 0.03, `deviation ${deviation}`);
    for (const [dx, dy] of [
      [1, 0],
      [0, 1],
      [1, 1],
      [16, 0],
      [0, 16],
    ] as const) {
      let product = 0;
      for (let y = 0; y < 256; y++) {
        for (let x = 0; x < 256; x++) {
          product +=
            (byteAt(picture, x, y, 0) - mean) *
            (byteAt(picture, (x + dx) % 256, (y + dy) % 256, 0) - mean);
        }
      }
      const correlation = product / (256 * 256 * deviation ** 2);
      assert.ok(Math.abs(correlation) < 0.02, `${correlation} at ${dx}, ${dy}`);
    }
  }
});

test("even the strongest grain keeps the mean of shadows and highlights", () => {
  for (const level of [0, 8, 128, 250, 255]) {
    const plain = paint(GRAY.size, () => [level, level, level, 0]);
    for (const grain of [0.05, 1]) {
      const { mean } = statistics(apply(plain, { grain }), 0);
      assert.ok(Math.abs(mean - level) < 1, `${level} became ${mean}`);
    }
  }
});

test("grain depends on seed, frame and pixel alone", () => {
  const grained = (seed: number, frame: number) => apply(GRAY, { grain: 0.1 }, { seed, frame });
  const first = grained(1, 1);
  assert.deepEqual(grained(1, 1).rgba, first.rgba);
  for (const other of [grained(1, 2), grained(2, 1), grained(-1, 0), grained(0, 0)]) {
    const same = other.rgba.filter((value, i) => i % 4 === 0 && value === first.rgba[i]).length;
    assert.ok(same < 0.05 * 256 * 256, `${same} pixels are the same`);
  }
  const larger = apply(
    paint({ width: 400, height: 300 }, () => [128, 128, 128, 0]),
    { grain: 0.1 },
    { seed: 1, frame: 1 },
  );
  for (let x = 0; x < 256; x++) assert.equal(byteAt(larger, x, 77, 0), byteAt(first, x, 77, 0));
});

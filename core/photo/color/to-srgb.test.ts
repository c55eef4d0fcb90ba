/** Samples of known colors in every kind of space become the right bytes of sRGB. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { divideByAlpha } from "./alpha.js";
import { type ColorSpace, codedSpace, SRGB } from "./color-space.js";
import { luminanceWeights, toLinearSrgb } from "./matrix.js";
import { ADOBE_RGB_PRIMARIES, PRIMARIES_BY_CODE } from "./primaries.js";
import type { Samples } from "./samples.js";
import { toSrgb } from "./to-srgb.js";
import { toneCurve } from "./tone-map.js";
import { linearLight, pqLuminance, pqSignal } from "./transfer.js";

const near = (actual: number, expected: number, by: number, what = "") =>
  assert.ok(Math.abs(actual - expected) <= by, `${what} ${actual} instead of ${expected}`);

function nearAll(actual: Iterable<number>, expected: readonly number[], by: number) {
  const found = [...actual];
  assert.equal(found.length, expected.length);
  for (const [i, value] of expected.entries()) near(found[i] ?? Number.NaN, value, by, `${found}:`);
}

const coded = (primaries: number, transfer: number): ColorSpace =>
  codedSpace(primaries, transfer) ?? assert.fail("the space is known");

const rgb16 = (...signals: number[]): Samples => ({
  data: Uint16Array.from(signals, (signal) => Math.round(65_535 * signal)),
  channels: 3,
});

test("the matrices of known spaces have the published values", () => {
  // BT.2087-0, 4.2, and CSS Color 4, 18.
  const bt2020 = toLinearSrgb(coded(9, 14).primaries);
  nearAll(
    bt2020,
    [1.6605, -0.5876, -0.0728, -0.1246, 1.1329, -0.0083, -0.0182, -0.1006, 1.1187],
    5e-4,
  );
  const p3 = toLinearSrgb(coded(12, 13).primaries);
  nearAll(p3, [1.2249, -0.2249, 0, -0.042, 1.042, 0, -0.0196, -0.0786, 1.0983], 5e-4);
  const adobe = toLinearSrgb(ADOBE_RGB_PRIMARIES);
  nearAll(adobe, [1.3984, -0.3984, 0, 0, 1, 0, 0, -0.0429, 1.0429], 5e-4);
  nearAll(luminanceWeights(coded(9, 14).primaries), [0.2627, 0.678, 0.0593], 1e-4);
});

test("white of every set of primaries stays white, also where it is not D65", () => {
  for (const primaries of Object.values(PRIMARIES_BY_CODE)) {
    const m = toLinearSrgb(primaries);
    for (const row of [0, 3, 6]) {
      near((m[row] ?? 0) + (m[row + 1] ?? 0) + (m[row + 2] ?? 0), 1, 1e-9);
    }
  }
});

test("the curves pass through the points that their standards give", () => {
  const at = (code: number, signal: number) => linearLight(coded(1, code).transfer, signal);
  near(at(13, 0.5), 0.21404, 1e-5);
  near(at(1, 0.5), 0.25972, 1e-5);
  near(at(4, 0.5), 0.21764, 1e-5);
  near(at(8, 0.5), 0.5, 1e-9);
  // BT.2100: 58 % PQ is 203 cd/m², 75 % HLG is 203 of 1000 cd/m² after the OOTF.
  near(at(16, 0.58), 202, 2);
  near(1000 * at(18, 0.75) ** 1.2, 203, 1);
  near(at(18, 1), 1, 1e-6);
  near(pqLuminance(1), 10_000, 1e-6);
  for (const luminance of [0.01, 1, 100, 4000]) {
    near(pqLuminance(pqSignal(luminance)) / luminance, 1, 1e-9);
  }
  for (const code of [1, 4, 5, 7, 8, 13, 18]) {
    near(at(code, 1), 1, 1e-6);
    near(at(code, 0), 0, 1e-9);
  }
});

test("samples that are linear, of gamma 1.8 or of a narrow range keep the shown color", () => {
  const color = [220, 40, 90].map((byte) => byte / 255);
  const light = color.map((signal) => linearLight(SRGB.transfer, signal));
  const gamma = (exponent: number): ColorSpace => ({
    ...SRGB,
    transfer: { kind: "gamma", exponent },
  });
  nearAll(toSrgb(rgb16(...light), gamma(1)).rgb, [220, 40, 90], 0);
  const encoded = light.map((value) => value ** (1 / 1.8));
  nearAll(toSrgb(rgb16(...encoded), gamma(1.8)).rgb, [220, 40, 90], 0);
  const narrow = { data: Uint8Array.of(16, 235, 126, 0, 255, 16), channels: 3 } as const;
  const shown = toSrgb(narrow, { ...SRGB, range: "narrow" }).rgb;
  nearAll(shown, [0, 255, 128, 0, 255, 0], 0);
  const narrow16 = { data: Uint16Array.of(4096, 60_160, 32_128), channels: 3 } as const;
  nearAll(toSrgb(narrow16, { ...SRGB, range: "narrow" }).rgb, [0, 255, 128], 0);
});

test("samples that use 10 of 16 bits have their own white", () => {
  const samples: Samples = { data: Uint16Array.of(65_472, 0, 65_472), channels: 3, usedBits: 10 };
  nearAll(toSrgb(samples, coded(1, 4)).rgb, [255, 0, 255], 0);
});

test("wide gamuts: what sRGB has is kept, what it lacks is clipped, gray stays gray", () => {
  // CSS Color 4: color(display-p3 …) of sRGB's red, green and mid gray.
  const p3 = coded(12, 13);
  nearAll(toSrgb(rgb16(0.9175, 0.2003, 0.1386), p3).rgb, [255, 0, 0], 2);
  nearAll(toSrgb(rgb16(0, 1, 0), p3).rgb, [0, 255, 0], 0);
  for (const code of [1, 5, 9, 12]) {
    const [r = 0, g, b] = toSrgb(rgb16(0.5, 0.5, 0.5), coded(code, 13)).rgb;
    nearAll([r, g ?? 0, b ?? 0], [128, 128, 128], 1);
  }
});

test("HDR: reference white and below are shown as they are where nothing is brighter", () => {
  const [red, green, blue] = [220, 40, 90].map((byte) => linearLight(SRGB.transfer, byte / 255));
  const light = [red ?? 0, green ?? 0, blue ?? 0, 1, 1, 1];
  const pq = light.map((value) => pqSignal(203 * value));
  const shown = toSrgb(rgb16(...pq), { ...coded(1, 16) });
  nearAll(shown.rgb, [220, 40, 90, 255, 255, 255], 1);
  assert.equal(shown.tonePeak, 203);
  const hlg = toSrgb(rgb16(0.75, 0.75, 0.75), coded(9, 18));
  nearAll(hlg.rgb, [255, 255, 255], 1);
});

test("HDR: highlights are rolled off in order, hues stay, and single sparks darken nothing", () => {
  const levels = [5, 50, 203, 400, 800, 1000];
  const gray = levels.flatMap((level) => Array(3).fill(pqSignal(level)));
  const { rgb, tonePeak } = toSrgb(rgb16(...gray), coded(9, 16));
  near(tonePeak ?? 0, 800, 210);
  const bytes = levels.map((_, i) => rgb[3 * i] ?? 0);
  for (let i = 1; i < 4; i++) assert.ok((bytes[i] ?? 0) > (bytes[i - 1] ?? 0), `${bytes}`);
  near(bytes[0] ?? 0, toSrgb(rgb16(...Array(3).fill(pqSignal(5))), coded(9, 16)).rgb[0] ?? 0, 1);
  near(bytes[2] ?? 0, 228, 8, "white paper in a picture with highlights");
  // A light of 900 cd/m² with parts 1 : 1/2 : 1/4 keeps these parts.
  const hue = toSrgb(rgb16(...[900, 450, 225].map(pqSignal)), coded(1, 16)).rgb;
  const light = [...hue].map((byte) => linearLight(SRGB.transfer, byte / 255));
  near((light[1] ?? 0) / (light[0] ?? 1), 0.5, 0.02);
  near((light[2] ?? 0) / (light[0] ?? 1), 0.25, 0.02);
  const spark = { data: new Uint16Array(30_000).fill(0.5 * 65_535), channels: 3 } as const;
  spark.data.fill(65_535, 0, 3);
  assert.equal(toSrgb(spark, coded(9, 16)).tonePeak, 203);
});

test("the tone curve rises, never exceeds white, and reaches it at the peak", () => {
  for (const peak of [100, 203, 600, 1000, 4000, 10_000]) {
    const curve = toneCurve(peak);
    near(curve(peak), Math.min(1, peak / 203), 1e-6, `peak ${peak}`);
    let before = -1;
    for (let luminance = 0; luminance <= peak; luminance += peak / 500) {
      const value = curve(luminance);
      assert.ok(value >= before && value <= 1, `${luminance} of ${peak} becomes ${value}`);
      before = value;
    }
  }
});

test("alpha is blended with white: straight, multiplied already, and beside gray", () => {
  const half = Uint8Array.of(200, 100, 0, 128, 10, 20, 30, 0, 7, 8, 9, 255);
  const blended = [227, 177, 127, 255, 255, 255, 7, 8, 9];
  nearAll(toSrgb({ data: half, channels: 4 }, SRGB).rgb, blended, 1);
  const multiplied = Uint8Array.of(100, 50, 0, 128, 0, 0, 0, 0, 7, 8, 9, 255);
  const samples: Samples = { data: multiplied, channels: 4 };
  divideByAlpha(samples);
  nearAll(toSrgb(samples, SRGB).rgb, blended, 1);
  const gray = { data: Uint16Array.of(65_535 / 5, 65_535, 0, 32_768), channels: 2 } as const;
  nearAll(toSrgb(gray, SRGB).rgb, [51, 51, 51, 127, 127, 127], 1);
});

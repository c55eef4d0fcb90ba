/** Photos with a mark of known color in each corner, stored in any color space. */
import assert from "node:assert/strict";
import sharp, { type Sharp } from "sharp";
import { matrixProfile } from "./icc-profile.js";

export type Color = readonly [number, number, number];

/** The marks of the card, from the top left to the bottom right. */
export const MARKS: readonly Color[] = [
  [220, 40, 40],
  [40, 180, 60],
  [50, 80, 220],
  [240, 210, 50],
];
const SIDE = 64;

interface Rgb {
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** 7.5 % of the shorter side from each corner. */
export function marks({ rgb, width, height }: Rgb): number[][] {
  const off = Math.round(0.075 * Math.min(width, height));
  return [off, height - 1 - off].flatMap((y) =>
    [off, width - 1 - off].map((x) => [
      ...rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
    ]),
  );
}

export function mean({ rgb }: Rgb): number[] {
  const sums = [0, 0, 0];
  for (const [i, value] of rgb.entries()) sums[i % 3] = (sums[i % 3] ?? 0) + value;
  return sums.map((sum) => (3 * sum) / rgb.length);
}

export function assertNear(
  actual: readonly number[][],
  expected: readonly Color[],
  by = 6,
  what = "",
) {
  for (const [i, color] of expected.entries()) {
    const found = actual[i] ?? [];
    const differences = color.map((value, c) => Math.abs((found[c] ?? Number.NaN) - value));
    assert.ok(
      differences.every((difference) => difference <= by),
      `${what} mark ${i}: ${found} instead of ${color}`,
    );
  }
}

/** Linear sRGB → linear light of other primaries (published matrices). */
export const TO = {
  sRGB: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  p3: [0.822462, 0.177538, 0, 0.033194, 0.966806, 0, 0.017083, 0.072397, 0.91052],
  adobe: [0.715119, 0.284881, 0, 0, 1, 0, 0, 0.041171, 0.958829],
  bt2020: [0.627404, 0.329283, 0.043313, 0.069097, 0.91954, 0.011362, 0.016391, 0.088013, 0.895595],
} as const;
/** Light → signal. */
export const SIGNAL = {
  linear: (light: number) => light,
  srgb: (light: number) =>
    light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055,
  gamma22: (light: number) => light ** (1 / 2.19921875),
  bt709: (light: number) => (light < 0.018 ? 4.5 * light : 1.099 * light ** 0.45 - 0.099),
  /** Reference white, 203 cd/m², is the card's white. */
  pq: (light: number) => {
    const power = ((203 * light) / 10_000) ** 0.1593017578125;
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375;
  },
  /** For the light of the scene, where 1 is the signal's maximum. */
  hlg: (scene: number) =>
    scene <= 1 / 12
      ? Math.sqrt(3 * scene)
      : 0.17883277 * Math.log(12 * scene - 0.28466892) + 0.55991073,
} as const;

/** The four marks as quarters, stored in another space; 16 bits. */
export function stored(space: keyof typeof TO, signal: keyof typeof SIGNAL): Sharp {
  const pixels = new Uint16Array(3 * SIDE * SIDE);
  const m = TO[space];
  const quarters = MARKS.map((color) => {
    const light = color.map((byte) => {
      const v = byte / 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    const own = [0, 3, 6].map((row) =>
      light.reduce((sum, value, i) => sum + (m[row + i] ?? 0) * value, 0),
    );
    const scene = signal === "hlg" ? hlgScene(own) : own;
    return scene.map((value) => Math.round(65_535 * SIGNAL[signal](value)));
  });
  for (let i = 0; i < SIDE * SIDE; i++) {
    const quarter = (i % SIDE < SIDE / 2 ? 0 : 1) + (i < (SIDE * SIDE) / 2 ? 0 : 2);
    pixels.set(quarters[quarter] ?? [], 3 * i);
  }
  return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } });
}

/**
 * Light of a 1000 cd/m² screen, 1 = 203 cd/m² → light of the scene: the inverse OOTF of BT.2100.
 */
function hlgScene([r = 0, g = 0, b = 0]: number[]): number[] {
  const luminance = 0.203 * (0.2627 * r + 0.678 * g + 0.0593 * b);
  return [r, g, b].map((value) => 0.203 * value * luminance ** (1 / 1.2 - 1) || 0);
}

export const eightBit = (image: Sharp) => image.toColourspace("srgb");
export const png16 = (space: keyof typeof TO, signal: keyof typeof SIGNAL) =>
  stored(space, signal).toColourspace("rgb16").png().toBuffer();
export const png8 = (space: keyof typeof TO, signal: keyof typeof SIGNAL) =>
  eightBit(stored(space, signal)).png().toBuffer();
export const avif = (space: keyof typeof TO, signal: keyof typeof SIGNAL, bitdepth: 8 | 10 | 12) =>
  stored(space, signal)
    .toColourspace(bitdepth === 8 ? "srgb" : "rgb16")
    .avif({ quality: 95, chromaSubsampling: "4:4:4", effort: 0, bitdepth })
    .toBuffer();

/** Those of Display P3 as XYZ for the white D50. */
export const P3_COLORANTS = {
  r: [0.5151, 0.2412, -0.0011],
  g: [0.292, 0.6922, 0.0419],
  b: [0.1571, 0.0666, 0.7841],
} as const;
/** Display P3 with linear samples. */
export const P3_LINEAR_PROFILE = matrixProfile(P3_COLORANTS, { curv: [1] });

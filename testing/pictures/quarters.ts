/** A small picture of four colored quarters, which tell all eight orientations apart. */
import assert from "node:assert/strict";
import type { Size } from "../../core/geometry/size.js";

export type Color = readonly [red: number, green: number, blue: number];

/** Top left, top right, bottom left, bottom right. */
export const QUARTERS: readonly [Color, Color, Color, Color] = [
  [220, 40, 40],
  [40, 180, 60],
  [50, 80, 220],
  [240, 210, 50],
];

/** 8-bit RGB pixels of the quarters. */
export function quarterPixels({ width, height }: Size): Uint8Array {
  const pixels = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const right = i % width < width / 2 ? 0 : 1;
    const lower = Math.floor(i / width) < height / 2 ? 0 : 2;
    pixels.set(QUARTERS[right + lower] ?? QUARTERS[0], 3 * i);
  }
  return pixels;
}

/** The colors at the centers of the quarters of RGB pixels. */
export function quartersOf(photo: Size & { readonly rgb: Uint8Array }): Color[] {
  const { rgb, width, height } = photo;
  const at = (u: number, v: number): Color => {
    const i = 3 * (Math.floor(v * height) * width + Math.floor(u * width));
    return [rgb[i] ?? 0, rgb[i + 1] ?? 0, rgb[i + 2] ?? 0];
  };
  return [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)];
}

/** Rec. 601 luma, as gray pictures of the quarters have it. */
export function luma([red, green, blue]: Color): number {
  return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
}

export function assertColors(
  actual: readonly Color[],
  expected: readonly Color[],
  by: number,
  name = "",
): void {
  for (const [i, color] of expected.entries()) {
    for (const [c, value] of color.entries()) {
      const got = actual[i]?.[c] ?? Number.NaN;
      assert.ok(Math.abs(got - value) <= by, `${name} ${i}: ${actual[i]} instead of ${color}`);
    }
  }
}

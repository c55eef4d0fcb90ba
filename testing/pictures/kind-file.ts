/** What the files of all kinds share: their picture, and what is expected of them. */
import sharp, { type Sharp } from "sharp";
import type { PhotoFormat } from "../../core/photo/format.js";
import type { PhotoKind } from "../../core/photo/taken.js";
import { type Color, luma, QUARTERS, quarterPixels } from "./quarters.js";

export const SIZE = { width: 48, height: 32 };

export interface KindFile extends PhotoKind {
  readonly format: PhotoFormat;
  readonly make: () => Promise<Buffer>;
  /** The quarters as they should be decoded; absent where inks or a profile change them. */
  readonly colors?: readonly Color[];
  /** Largest difference of a channel. */
  readonly tolerance: number;
}

export const picture = (): Sharp => sharp(quarterPixels(SIZE), { raw: { ...SIZE, channels: 3 } });

/** The picture in the color space of its file; gray by its luma, not by its light. */
export function pictureIn(space: "b-w" | "srgb" | "cmyk"): Sharp {
  if (space !== "b-w") return picture().toColourspace(space);
  const { width, height } = SIZE;
  const lumas = Uint8Array.from({ length: width * height }, (_, i) =>
    luma(quarterAt(i % width, Math.floor(i / width))),
  );
  return sharp(lumas, { raw: { ...SIZE, channels: 1 } }).toColourspace("b-w");
}

/** The quarter of pixel (x, y). */
export const quarterAt = (x: number, y: number): Color =>
  QUARTERS[(x < SIZE.width / 2 ? 0 : 1) + (y < SIZE.height / 2 ? 0 : 2)] ?? QUARTERS[0];

export const GRAYS: readonly Color[] = QUARTERS.map((color) => gray(luma(color)));

export function gray(value: number): Color {
  return [value, value, value];
}

/** Gray levels that are left of a picture's grays with `bits`. */
export function coarse(value: number, bits: number): number {
  const most = 2 ** Math.min(8, bits) - 1;
  return Math.round((value / 255) * most);
}

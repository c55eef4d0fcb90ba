/**
 * I420 frames in BT.709, limited range: generated ones with smooth moving colors, and the planes of
 * rendered ones.
 */

import type { Size } from "../../core/geometry/size.js";
import type { FrameFormat } from "../../services/encode/encoder.js";

export const SMALL: FrameFormat = {
  width: 192,
  height: 128,
  frames: 12,
  frameRateNumerator: 30,
  frameRateDenominator: 1,
};

/** Planes Y, U and V of frame number `index`; for odd sides the chroma size is rounded up. */
export function madeFrame({ width, height }: Pick<FrameFormat, "width" | "height">, index: number) {
  const chromaWidth = Math.ceil(width / 2);
  const chromaHeight = Math.ceil(height / 2);
  const chroma = chromaWidth * chromaHeight;
  const bytes = Buffer.alloc(width * height + 2 * chroma);
  const wave = (x: number, y: number, turns: number) =>
    Math.sin((2 * Math.PI * (x + 2 * index)) / 61 + turns) * Math.cos((2 * Math.PI * y) / 47);
  for (let i = 0; i < width * height; i++) {
    bytes[i] = Math.round(126 + 70 * wave(i % width, Math.floor(i / width), 0));
  }
  for (let i = 0; i < chroma; i++) {
    const x = 2 * (i % chromaWidth);
    const y = 2 * Math.floor(i / chromaWidth);
    bytes[width * height + i] = Math.round(128 + 25 * wave(x, y, 1));
    bytes[width * height + chroma + i] = Math.round(128 + 25 * wave(x, y, 2));
  }
  return bytes;
}

/** Peak signal-to-noise ratio of 8-bit samples, in dB; infinite when they are equal. */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} samples against ${b.length}`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return 10 * Math.log10((255 * 255 * a.length) / sum);
}

/** Luma, 16 to 235, of 8-bit RGB with `channels` bytes per pixel. */
export function lumaOfRgb(rgb: Uint8Array, channels: 3 | 4): Uint8Array {
  return Uint8Array.from({ length: rgb.length / channels }, (_, i) => {
    const [r = 0, g = 0, b = 0] = rgb.subarray(i * channels, i * channels + 3);
    return Math.round(16 + (219 / 255) * (0.2126 * r + 0.7152 * g + 0.0722 * b));
  });
}

export interface Plane {
  readonly size: Size;
  readonly values: Uint8Array;
}

export interface Planes {
  readonly y: Plane;
  readonly u: Plane;
  readonly v: Plane;
}

/** The planes of a frame, copied: its bytes are valid only until the next frame. */
export function planesOf(bytes: Uint8Array, size: Size): Planes {
  const half = { width: size.width / 2, height: size.height / 2 };
  const [luma, chroma] = [size.width * size.height, half.width * half.height];
  return {
    y: { size, values: bytes.slice(0, luma) },
    u: { size: half, values: bytes.slice(luma, luma + chroma) },
    v: { size: half, values: bytes.slice(luma + chroma, luma + 2 * chroma) },
  };
}

export interface Block {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and deviation of the blocks of a plane, row by row. */
export function blocksOf({ size, values }: Plane, columns: number, rows: number): Block[] {
  const edge = (i: number, parts: number, side: number) => Math.floor((i * side) / parts);
  const block = (column: number, row: number): Block => {
    const [top, bottom] = [edge(row, rows, size.height), edge(row + 1, rows, size.height)];
    const left = edge(column, columns, size.width);
    const right = edge(column + 1, columns, size.width);
    let [sum, squares] = [0, 0];
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const value = values[y * size.width + x] ?? 0;
        sum += value;
        squares += value * value;
      }
    }
    const count = (bottom - top) * (right - left);
    const mean = sum / count;
    return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
  };
  return Array.from({ length: columns * rows }, (_, i) =>
    block(i % columns, Math.floor(i / columns)),
  );
}

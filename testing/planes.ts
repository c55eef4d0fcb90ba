/** The planes of an I420 frame. */
import type { Size } from "../core/geometry/size.js";

export interface Plane {
  readonly size: Size;
  readonly values: Uint8Array;
}

export interface Planes {
  readonly y: Plane;
  readonly u: Plane;
  readonly v: Plane;
}

/** Copies: the frame's own bytes are valid until the next frame only. */
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

/** The plane in so many columns and rows, row by row. */
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

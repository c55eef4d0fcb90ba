/**
 * A converged ray march through the height field that a photo and its map make: the best that a
 * sheet stretched over silhouettes can show, whatever draws it.
 */
import type { Size } from "../../core/geometry/size.js";
import type { CameraState } from "../../core/scene/camera.js";
import { rayGrid } from "./caster.js";

/** Longest step, in texels of the map; twice as fine changes less than 0.02 dB. */
const STEP_TEXELS = 0.5;
const BISECTIONS = 8;

export interface HeightField {
  /** RGB, [height, width, 3]. */
  readonly photo: Uint8Array;
  readonly photoSize: Size;
  /** [height, width], in [0, 1]. */
  readonly disparity: Float32Array;
  readonly disparitySize: Size;
}

/**
 * RGB of the frame that `camera` sees, [height, width, 3]. The photo and the frame have one aspect;
 * both rasters are read linearly, and mirrored beyond their edges.
 */
export function march(field: HeightField, camera: CameraState, frame: Size): Uint8Array {
  const { width, height } = frame;
  const aspect = width / height;
  const { fromX, perX, fromY, perY } = rayGrid(camera, frame, aspect);
  const map = field.disparitySize;
  const result = new Uint8Array(3 * width * height);
  const nearest = field.disparity.reduce((most, d) => Math.max(most, d), 0);
  for (let row = 0, at = 0; row < height; row++) {
    const y = ((1 - (fromY[row] ?? 0)) / 2) * map.height - 0.5;
    const dy = (-(perY[row] ?? 0) / 2) * map.height;
    for (let column = 0; column < width; column++, at += 3) {
      const x = (((fromX[column] ?? 0) / aspect + 1) / 2) * map.width - 0.5;
      const dx = ((perX[column] ?? 0) / aspect / 2) * map.width;
      const d = firstHit(field, { x, y, dx, dy }, nearest);
      const scale = field.photoSize.width / map.width;
      const px = (x + d * dx + 0.5) * scale - 0.5;
      const py = (y + d * dy + 0.5) * (field.photoSize.height / map.height) - 0.5;
      readColor(field.photo, field.photoSize, px, py, result, at);
    }
  }
  return result;
}

/** A ray in texels of the map, and its step for a disparity of 1. */
interface MapRay {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

function firstHit(field: HeightField, { x, y, dx, dy }: MapRay, nearest: number): number {
  const { disparity, disparitySize } = field;
  const steps = Math.ceil(Math.hypot(dx, dy) / STEP_TEXELS) + 1;
  const step = nearest / steps;
  let inside = 0;
  let outside = nearest;
  for (let i = 0; i <= steps; i++) {
    const d = nearest - i * step;
    if (readMap(disparity, disparitySize, x + d * dx, y + d * dy) >= d) {
      inside = d;
      break;
    }
    outside = d;
  }
  for (let i = 0; i < BISECTIONS && outside > inside; i++) {
    const middle = 0.5 * (inside + outside);
    if (readMap(disparity, disparitySize, x + middle * dx, y + middle * dy) >= middle) {
      inside = middle;
    } else outside = middle;
  }
  return inside;
}

/** Index i of a row of n samples that is mirrored at its ends. */
function mirrored(i: number, n: number): number {
  if (i >= 0 && i < n) return i;
  const wrapped = ((i % (2 * n)) + 2 * n) % (2 * n);
  return wrapped < n ? wrapped : 2 * n - 1 - wrapped;
}

function readMap(map: Float32Array, { width, height }: Size, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const x0 = mirrored(left, width);
  const x1 = mirrored(left + 1, width);
  const upper = mirrored(top, height) * width;
  const lower = mirrored(top + 1, height) * width;
  const fx = x - left;
  const above = (map[upper + x0] ?? 0) * (1 - fx) + (map[upper + x1] ?? 0) * fx;
  const below = (map[lower + x0] ?? 0) * (1 - fx) + (map[lower + x1] ?? 0) * fx;
  return above + (below - above) * (y - top);
}

function readColor(
  rgb: Uint8Array,
  { width, height }: Size,
  x: number,
  y: number,
  out: Uint8Array,
  at: number,
): void {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const x0 = mirrored(left, width);
  const x1 = mirrored(left + 1, width);
  const upper = mirrored(top, height) * width;
  const lower = mirrored(top + 1, height) * width;
  const fx = x - left;
  const fy = y - top;
  for (let c = 0; c < 3; c++) {
    const above =
      (rgb[3 * (upper + x0) + c] ?? 0) * (1 - fx) + (rgb[3 * (upper + x1) + c] ?? 0) * fx;
    const below =
      (rgb[3 * (lower + x0) + c] ?? 0) * (1 - fx) + (rgb[3 * (lower + x1) + c] ?? 0) * fx;
    out[at + c] = Math.round(above + (below - above) * fy);
  }
}

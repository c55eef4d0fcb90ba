/**
 * A converged ray march through the height field that a photo and its map make: the best that a
 * sheet stretched over silhouettes can show, whatever draws it.
 */
import type { Size } from "../../core/geometry/size.js";
import type { CameraState } from "../../core/scene/camera.js";
import { rayGrid } from "./caster.js";
import { type AxisRay, mirrored, NearestBelow } from "./nearest-below.js";

/** Longest step, in texels of the map; twice as fine changes less than 0.02 dB. */
const STEP_TEXELS = 0.5;
const BISECTIONS = 8;
/** Side of the screen's tiles whose rays share a bound of what they can meet, in pixels. */
const TILE_PIXELS = 16;

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
  const { disparitySize: map, photo, photoSize } = field;
  const result = new Uint8Array(3 * frame.width * frame.height);
  const rays = mapRays(camera, frame, map);
  const below = new NearestBelow(field.disparity, map);
  const scaleX = photoSize.width / map.width;
  const scaleY = photoSize.height / map.height;
  for (let top = 0; top < frame.height; top += TILE_PIXELS) {
    const bottom = Math.min(frame.height, top + TILE_PIXELS);
    for (let left = 0; left < frame.width; left += TILE_PIXELS) {
      const right = Math.min(frame.width, left + TILE_PIXELS);
      const nearest = below.alongRays(
        { from: rays.x[left], to: rays.x[right - 1] },
        { from: rays.y[top], to: rays.y[bottom - 1] },
      );
      for (let row = top; row < bottom; row++) {
        const { at: y = 0, per: dy = 0 } = rays.y[row] ?? {};
        for (let column = left; column < right; column++) {
          const { at: x = 0, per: dx = 0 } = rays.x[column] ?? {};
          const d = firstHit(field, x, y, dx, dy, nearest);
          const px = (x + d * dx + 0.5) * scaleX - 0.5;
          const py = (y + d * dy + 0.5) * scaleY - 0.5;
          readColor(photo, photoSize, px, py, result, 3 * (row * frame.width + column));
        }
      }
    }
  }
  return result;
}

function mapRays(camera: CameraState, frame: Size, map: Size) {
  const aspect = frame.width / frame.height;
  const { fromX, perX, fromY, perY } = rayGrid(camera, frame, aspect);
  const axis = (from: Float64Array, per: Float64Array, half: number, texels: number) =>
    Array.from(
      from,
      (at, i): AxisRay => ({
        at: ((at / half + 1) / 2) * texels - 0.5,
        per: ((per[i] ?? 0) / half / 2) * texels,
      }),
    );
  return { x: axis(fromX, perX, aspect, map.width), y: axis(fromY, perY, -1, map.height) };
}

function firstHit(
  { disparity, disparitySize }: HeightField,
  x: number,
  y: number,
  dx: number,
  dy: number,
  nearest: number,
): number {
  const steps = Math.ceil((nearest * Math.hypot(dx, dy)) / STEP_TEXELS) + 1;
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

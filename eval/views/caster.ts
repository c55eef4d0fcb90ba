/** Casts every ray of a picture through a made scene: what a camera of ours would truly see. */
import type { Size } from "../../core/geometry/size.js";
import { type CameraState, raysOf, seenDisparity } from "../../core/scene/camera.js";
import type { Bounds, Surface } from "./surface.js";

/** Rays per side of a pixel; odd, so that one goes through its middle. */
export const RAYS_PER_SIDE = 3;

/** The nearest surface on each ray, [height, width], top row first. */
export interface Sight extends Size {
  /** −1 where a ray meets nothing. */
  readonly disparity: Float32Array;
  /** Index of the surface; −1 where a ray meets nothing. */
  readonly surface: Int16Array;
}

/** The rays of a picture: u(d) = from + d·per, which is separate for x (columns) and y (rows). */
export interface RayGrid {
  readonly fromX: Float64Array;
  readonly perX: Float64Array;
  readonly fromY: Float64Array;
  readonly perY: Float64Array;
}

/**
 * One ray through the middle of each of `size`'s cells; the screen is `aspect` times as wide as
 * high.
 */
export function rayGrid(camera: CameraState, { width, height }: Size, aspect: number): RayGrid {
  const { D, B, A, C, k } = raysOf(camera);
  const { base, slope } = seenDisparity(camera);
  const axis = (count: number, edge: number, a: number, c: number) => {
    const from = new Float64Array(count);
    const per = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const g = edge * ((2 * (i + 0.5)) / count - 1);
      const back = k * (c - a + (D - B) * g);
      from[i] = a + B * g + base * back;
      per[i] = slope * back;
    }
    return { from, per };
  };
  const x = axis(width, aspect, A.x, C.x);
  const y = axis(height, -1, A.y, C.y);
  return { fromX: x.from, perX: x.per, fromY: y.from, perY: y.per };
}

/** What each ray of a picture of `size` sees; its aspect is that of `size`. */
export function sight(surfaces: readonly Surface[], camera: CameraState, size: Size): Sight {
  const { width, height } = size;
  const aspect = width / height;
  const grid = rayGrid(camera, size, aspect);
  const disparity = new Float32Array(width * height).fill(-1);
  const surface = new Int16Array(width * height).fill(-1);
  surfaces.forEach((one, index) => {
    const { left, right, top, bottom } = shadow(one.bounds, camera, size);
    for (let row = top; row < bottom; row++) {
      const fromY = grid.fromY[row] ?? 0;
      const perY = grid.perY[row] ?? 0;
      for (let column = left, at = row * width + left; column < right; column++, at++) {
        const behind = disparity[at] ?? -1;
        const d = one.hit(
          grid.fromX[column] ?? 0,
          fromY,
          grid.perX[column] ?? 0,
          perY,
          Math.max(behind, 0),
        );
        if (d <= behind) continue;
        disparity[at] = d;
        surface[at] = index;
      }
    }
  });
  return { width, height, disparity, surface };
}

interface Cells {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The cells of the picture that a box in (u, d) can touch: its corners, projected, span them. */
function shadow(bounds: Bounds, camera: CameraState, { width, height }: Size): Cells {
  const { minX, maxX, minY, maxY } = bounds;
  const aspect = width / height;
  const { D, B, A, C, k } = raysOf(camera);
  const { base, slope } = seenDisparity(camera);
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const end of [bounds.minD, bounds.maxD]) {
    const back = k * (base + slope * Math.min(1, Math.max(0, end)));
    const w = B + back * (D - B);
    for (const x of [minX, maxX]) {
      const g = (x - A.x + back * (A.x - C.x)) / w;
      left = Math.min(left, g);
      right = Math.max(right, g);
    }
    for (const y of [minY, maxY]) {
      const g = (y - A.y + back * (A.y - C.y)) / w;
      bottom = Math.min(bottom, g);
      top = Math.max(top, g);
    }
  }
  const column = (g: number) => Math.min(width, Math.max(0, ((g / aspect + 1) * width) / 2));
  const row = (g: number) => Math.min(height, Math.max(0, ((1 - g) * height) / 2));
  return {
    left: Math.floor(column(left)),
    right: Math.ceil(column(right)),
    top: Math.floor(row(top)),
    bottom: Math.ceil(row(bottom)),
  };
}

/** A picture of the scene, and what the middle ray of each of its pixels meets. */
export interface TrueView extends Size {
  /** [height, width, 3] */
  readonly rgb: Uint8Array;
  /** Of the middle rays, [height, width]. */
  readonly disparity: Float32Array;
  readonly surface: Int16Array;
  /** The photo's point that the middle rays meet, [height, width]. */
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** The picture that `camera` sees: the mean of nine rays a pixel. Black where there is nothing. */
export function castView(
  surfaces: readonly Surface[],
  camera: CameraState,
  size: Size,
): TrueView & { readonly rays: Sight } {
  const n = RAYS_PER_SIDE;
  const { width, height } = size;
  const fine: Size = { width: n * width, height: n * height };
  const rays = sight(surfaces, camera, fine);
  const grid = rayGrid(camera, fine, width / height);
  const count = width * height;
  const sums = new Float32Array(3 * count);
  const disparity = new Float32Array(count);
  const surface = new Int16Array(count);
  const [x, y] = [new Float32Array(count), new Float32Array(count)];
  const out = new Float32Array(3);
  const middle = (n - 1) / 2;
  for (let row = 0, at = 0; row < fine.height; row++) {
    const fromY = grid.fromY[row] ?? 0;
    const perY = grid.perY[row] ?? 0;
    const line = Math.floor(row / n) * width;
    for (let column = 0; column < fine.width; column++, at++) {
      const pixel = line + Math.floor(column / n);
      const d = rays.disparity[at] ?? -1;
      const index = rays.surface[at] ?? -1;
      const ux = (grid.fromX[column] ?? 0) + d * (grid.perX[column] ?? 0);
      const uy = fromY + d * perY;
      if (column % n === middle && row % n === middle) {
        disparity[pixel] = d;
        surface[pixel] = index;
        x[pixel] = ux;
        y[pixel] = uy;
      }
      const hit = surfaces[index];
      if (!hit) continue;
      hit.shade(ux, uy, d, out);
      for (let c = 0; c < 3; c++) sums[3 * pixel + c] = (sums[3 * pixel + c] ?? 0) + (out[c] ?? 0);
    }
  }
  const rgb = new Uint8Array(3 * count);
  for (let i = 0; i < rgb.length; i++) {
    rgb[i] = Math.max(0, Math.min(255, Math.round((sums[i] ?? 0) / (n * n))));
  }
  return { width, height, rgb, disparity, surface, x, y, rays };
}

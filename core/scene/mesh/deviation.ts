/** Measures how far each triangle of a mesh is from the disparity map that it approximates. */
import type { Size } from "../../geometry/size.js";
import { type Mesh, VERTEX_FLOATS } from "./mesh.js";

/** One value per triangle, in disparity. */
export interface Deviation {
  /** Largest distance of the map above the triangle, ≥ 0. */
  readonly above: Float32Array;
  /** Largest distance of the map below the triangle, ≥ 0. */
  readonly below: Float32Array;
  /** Largest step between neighboring texels under the triangle. */
  readonly steepness: Float32Array;
}

/**
 * Checks every texel under a triangle or within one texel of it, which includes all texels that
 * bilinear sampling reads there. `disparity` is row-major 16-bit, [height, width], top row first.
 */
export function deviationOf(mesh: Mesh, disparity: Uint16Array, size: Size): Deviation {
  const triangles = mesh.indices.length / 3;
  const result = {
    above: new Float32Array(triangles),
    below: new Float32Array(triangles),
    steepness: new Float32Array(triangles),
  };
  const corners = texelCorners(mesh, size);
  for (let triangle = 0; triangle < triangles; triangle++) {
    visit(mesh.indices, triangle, corners, disparity, size, result);
  }
  return result;
}

interface Corners {
  /** Column, row (in texel centers) and disparity of each vertex. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly d: Float64Array;
}

function texelCorners({ vertices }: Mesh, { width, height }: Size): Corners {
  const count = vertices.length / VERTEX_FLOATS;
  const x = new Float64Array(count);
  const y = new Float64Array(count);
  const d = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    x[i] = ((1 + (vertices[VERTEX_FLOATS * i] ?? 0)) / 2) * width - 0.5;
    y[i] = ((1 - (vertices[VERTEX_FLOATS * i + 1] ?? 0)) / 2) * height - 0.5;
    d[i] = vertices[VERTEX_FLOATS * i + 2] ?? 0;
  }
  return { x, y, d };
}

/** Columns of each row are bounded by where the edges are within one row of it. */
function visit(
  indices: Uint32Array,
  triangle: number,
  { x, y, d }: Corners,
  disparity: Uint16Array,
  { width, height }: Size,
  result: Deviation,
): void {
  const a = indices[3 * triangle] ?? 0;
  const b = indices[3 * triangle + 1] ?? 0;
  const c = indices[3 * triangle + 2] ?? 0;
  const xs = [x[a] ?? 0, x[b] ?? 0, x[c] ?? 0] as const;
  const ys = [y[a] ?? 0, y[b] ?? 0, y[c] ?? 0] as const;
  const plane = planeThrough(xs, ys, [d[a] ?? 0, d[b] ?? 0, d[c] ?? 0]);
  const firstRow = Math.max(0, Math.floor(Math.min(...ys)));
  const lastRow = Math.min(height - 1, Math.ceil(Math.max(...ys)));
  let above = 0;
  let below = 0;
  let steepest = 0;
  for (let row = firstRow; row <= lastRow; row++) {
    const [left, right] = columnsNear(xs, ys, row);
    const first = Math.max(0, Math.floor(left));
    const last = Math.min(width - 1, Math.ceil(right));
    const under = row + 1 < height ? width : 0;
    let onPlane = plane.at0 + plane.perRow * row + plane.perColumn * first;
    for (let at = row * width + first; at <= row * width + last; at++) {
      const value = disparity[at] ?? 0;
      const over = value / 65535 - onPlane;
      if (over > above) above = over;
      else if (-over > below) below = -over;
      const next = at + 1 < (row + 1) * width ? (disparity[at + 1] ?? 0) : value;
      const step = Math.max(Math.abs(next - value), Math.abs((disparity[at + under] ?? 0) - value));
      if (step > steepest) steepest = step;
      onPlane += plane.perColumn;
    }
  }
  result.above[triangle] = above;
  result.below[triangle] = below;
  result.steepness[triangle] = steepest / 65535;
}

type Triple = readonly [number, number, number];

/** d = at0 + perColumn·x + perRow·y through three points. */
function planeThrough([ax, bx, cx]: Triple, [ay, by, cy]: Triple, [da, db, dc]: Triple) {
  const area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy);
  const perColumn = ((by - cy) * (da - dc) + (cy - ay) * (db - dc)) / area;
  const perRow = ((cx - bx) * (da - dc) + (ax - cx) * (db - dc)) / area;
  return { perColumn, perRow, at0: dc - perColumn * cx - perRow * cy };
}

/**
 * Least and greatest x of a triangle's outline within one row of `row`; an empty range where it is
 * farther.
 */
function columnsNear(xs: Triple, ys: Triple, row: number): [number, number] {
  let left = Number.POSITIVE_INFINITY;
  let right = Number.NEGATIVE_INFINITY;
  for (let corner = 0; corner < 3; corner++) {
    const x0 = xs[corner] ?? 0;
    const y0 = ys[corner] ?? 0;
    const run = (xs[(corner + 1) % 3] ?? 0) - x0;
    const rise = (ys[(corner + 1) % 3] ?? 0) - y0;
    if (Math.min(y0, y0 + rise) > row + 1 || Math.max(y0, y0 + rise) < row - 1) continue;
    // If a horizontal edge is near the row, all of it is.
    const from = rise === 0 ? 0 : clamp01((row - 1 - y0) / rise);
    const to = rise === 0 ? 1 : clamp01((row + 1 - y0) / rise);
    left = Math.min(left, x0 + from * run, x0 + to * run);
    right = Math.max(right, x0 + from * run, x0 + to * run);
  }
  return [left, right];
}

const clamp01 = (value: number) => Math.min(1, Math.max(0, value));

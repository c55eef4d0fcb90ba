/**
 * A right-triangulated irregular network over the photo (Evans, Kirkpatrick and Townsend, 2001, by
 * martini): fine where the disparity bends or has an edge, coarse where it is flat, without cracks.
 */
import Martini from "@mapbox/martini";
import type { Size } from "../../geometry/size.js";
import { type Mesh, VERTEX_FLOATS } from "./mesh.js";

/**
 * The hierarchy of triangles of a grid, built once per size because it takes longer than a mesh.
 */
const hierarchies = new Map<number, Martini>();

function hierarchy(side: number): Martini {
  const known = hierarchies.get(side);
  if (known) return known;
  const made = new Martini(side);
  hierarchies.set(side, made);
  return made;
}

/**
 * Builds the mesh from a grid of `side` × `side` (2^n + 1) samples. `disparity` is row-major
 * 16-bit, [height, width], top row first, 65535 nearest. The sample at the middle of every edge
 * that was not split is within `maxError` (in disparity) of the edge. Samples inside a triangle are
 * not checked one by one; they are rarely farther away than that, and hardly ever twice as far.
 */
export function adaptiveMesh(
  disparity: Uint16Array,
  size: Size,
  side: number,
  maxError: number,
): Mesh {
  const cells = side - 1;
  const terrain = new Float32Array(side * side);
  for (let row = 0, at = 0; row <= cells; row++) {
    for (let column = 0; column <= cells; column++, at++) {
      terrain[at] = sample(disparity, size, column / cells, row / cells);
    }
  }
  const { vertices: corners, triangles } = hierarchy(side).createTile(terrain).getMesh(maxError);
  const count = corners.length / 2;
  const vertices = new Float32Array(count * VERTEX_FLOATS);
  for (let i = 0; i < count; i++) {
    const column = corners[2 * i] ?? 0;
    const row = corners[2 * i + 1] ?? 0;
    vertices[VERTEX_FLOATS * i] = (2 * column) / cells - 1;
    vertices[VERTEX_FLOATS * i + 1] = 1 - (2 * row) / cells;
    vertices[VERTEX_FLOATS * i + 2] = terrain[row * side + column] ?? 0;
  }
  return { vertices, indices: triangles };
}

/**
 * Bilinear disparity in [0, 1] at (u, v) in [0, 1]², v downwards; texel centers at (i + ½) / n,
 * edges clamped.
 */
export function sample(map: Uint16Array, { width, height }: Size, u: number, v: number): number {
  const x = Math.min(width - 1, Math.max(0, u * width - 0.5));
  const y = Math.min(height - 1, Math.max(0, v * height - 0.5));
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  const x1 = Math.min(width - 1, x0 + 1);
  const y1 = Math.min(height - 1, y0 + 1);
  const fx = x - x0;
  const fy = y - y0;
  const at = (row: number, column: number) => map[row * width + column] ?? 0;
  const top = at(y0, x0) * (1 - fx) + at(y0, x1) * fx;
  const bottom = at(y1, x0) * (1 - fx) + at(y1, x1) * fx;
  return (top * (1 - fy) + bottom * fy) / 65535;
}

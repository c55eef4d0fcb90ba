/** What the adaptive mesh is compared with: a Delaunay triangulation by greedy insertion (Garland and Heckbert, 1995, by delatin). */
import Delatin from "delatin";
import type { Size } from "../../core/geometry/size.js";
import { type Mesh, VERTEX_FLOATS } from "../../core/scene/mesh/mesh.js";
import { sample } from "../../core/scene/mesh/sample.js";

/** No farther than `maxError` (in disparity) from a grid of `rows` samples a column and as dense across. */
export function delaunayMesh(
  disparity: Uint16Array,
  size: Size,
  rows: number,
  maxError: number,
): Mesh {
  const columns = Math.round((rows * size.width) / size.height);
  const heights = new Float32Array(columns * rows);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      heights[at] = sample(disparity, size, column / (columns - 1), row / (rows - 1));
    }
  }
  const { coords, triangles } = triangulated(heights, columns, rows, maxError);
  const vertices = new Float32Array((coords.length / 2) * VERTEX_FLOATS);
  for (let i = 0; i < coords.length / 2; i++) {
    const column = coords[2 * i] ?? 0;
    const row = coords[2 * i + 1] ?? 0;
    vertices[VERTEX_FLOATS * i] = (2 * column) / (columns - 1) - 1;
    vertices[VERTEX_FLOATS * i + 1] = 1 - (2 * row) / (rows - 1);
    vertices[VERTEX_FLOATS * i + 2] = heights[row * columns + column] ?? 0;
  }
  return { vertices, indices: Uint32Array.from(triangles) };
}

function triangulated(heights: Float32Array, columns: number, rows: number, maxError: number) {
  const mesh = new Delatin(heights, columns, rows);
  mesh.run(maxError);
  return mesh;
}

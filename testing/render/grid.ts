/** A uniform triangle grid over the photo; each vertex has the disparity at its position. */
import type { Size } from "../../core/geometry/size.js";
import { sample } from "../../core/scene/mesh/adaptive.js";
import { type Mesh, VERTEX_FLOATS } from "../../core/scene/mesh/mesh.js";

/**
 * Builds the grid with about `targetCells` square cells. `disparity` is row-major 16-bit, [height,
 * width], top row first, 65535 nearest; it is sampled bilinearly at the vertices.
 */
export function gridMesh(disparity: Uint16Array, size: Size, targetCells: number): Mesh {
  const aspect = size.width / size.height;
  const columns = Math.max(1, Math.round(Math.sqrt(targetCells * aspect)));
  const rows = Math.max(1, Math.round(targetCells / columns));
  const vertices = new Float32Array((columns + 1) * (rows + 1) * VERTEX_FLOATS);
  let at = 0;
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const u = column / columns;
      const v = row / rows;
      vertices[at++] = 2 * u - 1;
      vertices[at++] = 1 - 2 * v;
      vertices[at++] = sample(disparity, size, u, v);
    }
  }
  return { vertices, indices: gridIndices(columns, rows) };
}

function gridIndices(columns: number, rows: number): Uint32Array {
  const indices = new Uint32Array(columns * rows * 6);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const a = row * (columns + 1) + column;
      const c = a + columns + 1;
      // The diagonals alternate, so that no direction is preferred.
      const corners =
        (row + column) % 2 === 0 ? [a, c, a + 1, a + 1, c, c + 1] : [a, c, c + 1, a, c + 1, a + 1];
      indices.set(corners, at);
      at += 6;
    }
  }
  return indices;
}

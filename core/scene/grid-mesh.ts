/** A uniform triangle grid over the photo, each vertex lifted by the disparity under it. */
import type { Size } from "../clip/size.js";

export interface Mesh {
  /** Three floats a vertex: x and y in [−1, 1] over the photo (y upwards), disparity in [0, 1]. */
  readonly vertices: Float32Array;
  /** Three a triangle. */
  readonly indices: Uint32Array;
}

/** Floats a vertex takes in `Mesh.vertices`. */
export const VERTEX_FLOATS = 3;

/**
 * Build the grid with about `targetCells` square cells. `disparity` is row-major 16-bit, [height, width], top row first,
 * 65535 nearest; it is sampled bilinearly at the vertices.
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
      // Alternating diagonals: no direction of the picture is favoured.
      const corners =
        (row + column) % 2 === 0 ? [a, c, a + 1, a + 1, c, c + 1] : [a, c, c + 1, a, c + 1, a + 1];
      indices.set(corners, at);
      at += 6;
    }
  }
  return indices;
}

/** Bilinear disparity in [0, 1] at (u, v) in [0, 1]², v downwards; texel centres at (i + ½) / n, edges clamped. */
function sample(map: Uint16Array, { width, height }: Size, u: number, v: number): number {
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

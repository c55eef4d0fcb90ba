/** The mesh as far as a camera path can see: triangles out of sight are left out, beyond the photo it goes on mirrored. */
import type { Extent } from "../extent.js";
import { type MeshPart, type SceneMesh, VERTEX_FLOATS } from "./mesh.js";

/** Copies of the photo that may stand beside it on each side. Farther out the far plane stands in. */
export const MAX_COPY = 1;

/** What lies within `extent` (in photos: ±1 is the photo's edge), of the photo and of its mirrored copies. */
export function mirroredMesh(mesh: SceneMesh, extent: Extent): SceneMesh {
  const copies = visibleCopies(mesh, extent);
  const vertices: number[] = [];
  const indices: number[] = [];
  const parts: MeshPart[] = [];
  for (const { refinement, firstIndex, indexCount } of mesh.parts) {
    const first = indices.length;
    for (const copy of copies) {
      for (let at = firstIndex; at < firstIndex + indexCount; at += 3) {
        copy.take(at, vertices, indices);
      }
    }
    if (indices.length === first) continue;
    parts.push({ refinement, firstIndex: first, indexCount: indices.length - first });
  }
  return { vertices: new Float32Array(vertices), indices: new Uint32Array(indices), parts };
}

function visibleCopies(mesh: SceneMesh, extent: Extent): MirrorCopy[] {
  const copies: MirrorCopy[] = [];
  for (let row = -MAX_COPY; row <= MAX_COPY; row++) {
    for (let column = -MAX_COPY; column <= MAX_COPY; column++) {
      const inside =
        overlaps(2 * column - 1, 2 * column + 1, extent.minX, extent.maxX) &&
        overlaps(2 * row - 1, 2 * row + 1, extent.minY, extent.maxY);
      if (inside) copies.push(new MirrorCopy(mesh, extent, column, row));
    }
  }
  return copies;
}

/** One copy's vertices, made when a triangle first needs them. */
class MirrorCopy {
  readonly #mesh: SceneMesh;
  readonly #extent: Extent;
  readonly #column: number;
  readonly #row: number;
  readonly #taken: Int32Array;

  constructor(mesh: SceneMesh, extent: Extent, column: number, row: number) {
    this.#mesh = mesh;
    this.#extent = extent;
    this.#column = column;
    this.#row = row;
    this.#taken = new Int32Array(mesh.vertices.length / VERTEX_FLOATS).fill(-1);
  }

  /** Append the triangle whose indices begin at `at`, unless it is out of sight. */
  take(at: number, vertices: number[], indices: number[]): void {
    const corners = this.#mesh.indices.subarray(at, at + 3);
    const xs = Array.from(corners, (vertex) => this.#x(vertex));
    const ys = Array.from(corners, (vertex) => this.#y(vertex));
    const { minX, maxX, minY, maxY } = this.#extent;
    if (!overlaps(Math.min(...xs), Math.max(...xs), minX, maxX)) return;
    if (!overlaps(Math.min(...ys), Math.max(...ys), minY, maxY)) return;
    for (const vertex of corners) {
      let index = this.#taken[vertex] ?? -1;
      if (index < 0) {
        index = vertices.length / VERTEX_FLOATS;
        this.#taken[vertex] = index;
        const disparity = this.#mesh.vertices[VERTEX_FLOATS * vertex + 2] ?? 0;
        vertices.push(this.#x(vertex), this.#y(vertex), disparity);
      }
      indices.push(index);
    }
  }

  #x(vertex: number): number {
    const x = this.#mesh.vertices[VERTEX_FLOATS * vertex] ?? 0;
    return 2 * this.#column + (this.#column % 2 === 0 ? x : -x);
  }

  #y(vertex: number): number {
    const y = this.#mesh.vertices[VERTEX_FLOATS * vertex + 1] ?? 0;
    return 2 * this.#row + (this.#row % 2 === 0 ? y : -y);
  }
}

function overlaps(low: number, high: number, min: number, max: number): boolean {
  return high > min && low < max;
}

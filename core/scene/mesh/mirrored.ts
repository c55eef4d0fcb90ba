/**
 * Limits the mesh to what a camera path can see: it omits triangles out of sight, and continues
 * mirrored beyond the photo's edges.
 */
import type { Extent } from "../geometry.js";
import { type MeshPart, type SceneMesh, VERTEX_FLOATS } from "./mesh.js";

/** Most mirrored copies of the photo on each side. Farther out the far plane is drawn. */
export const MAX_COPY = 1;

/**
 * The triangles of the photo and of its mirrored copies within `extent` (in photos: ±1 is the
 * photo's edge).
 */
export function mirroredMesh(mesh: SceneMesh, extent: Extent): SceneMesh {
  const copies = visibleCopies(mesh, extent);
  const indices = new Uint32Array(copies.length * mesh.indices.length);
  const parts: MeshPart[] = [];
  let end = 0;
  let vertexCount = 0;
  for (const { refinement, firstIndex, indexCount } of mesh.parts) {
    const first = end;
    for (const copy of copies) {
      for (let at = firstIndex; at < firstIndex + indexCount; at += 3) {
        if (!isSeen(copy, mesh.indices, at, extent)) continue;
        for (let corner = at; corner < at + 3; corner++) {
          const vertex = mesh.indices[corner] ?? 0;
          if (copy.taken[vertex] === NOT_TAKEN) copy.taken[vertex] = vertexCount++;
          indices[end++] = copy.taken[vertex] ?? 0;
        }
      }
    }
    if (end > first) parts.push({ refinement, firstIndex: first, indexCount: end - first });
  }
  const vertices = takenVertices(mesh, copies, vertexCount);
  return { vertices, indices: indices.slice(0, end), parts };
}

const NOT_TAKEN = -1;

/** A mirrored copy of the photo: the positions of its vertices, and which of them are needed. */
interface MirrorCopy {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** For each vertex of the photo's mesh, its number in the new mesh. */
  readonly taken: Int32Array;
}

function visibleCopies(mesh: SceneMesh, { minX, maxX, minY, maxY }: Extent): MirrorCopy[] {
  const copies: MirrorCopy[] = [];
  for (let row = -MAX_COPY; row <= MAX_COPY; row++) {
    for (let column = -MAX_COPY; column <= MAX_COPY; column++) {
      const inside =
        2 * column + 1 > minX && 2 * column - 1 < maxX && 2 * row + 1 > minY && 2 * row - 1 < maxY;
      if (!inside) continue;
      const x = mirroredAxis(mesh, 0, column);
      copies.push({
        x,
        y: mirroredAxis(mesh, 1, row),
        taken: new Int32Array(x.length).fill(NOT_TAKEN),
      });
    }
  }
  return copies;
}

/**
 * x (axis 0) or y (axis 1) of all vertices in the copy that is so many photos away; odd ones are
 * mirrored.
 */
function mirroredAxis({ vertices }: SceneMesh, axis: 0 | 1, copy: number): Float32Array {
  const direction = copy % 2 === 0 ? 1 : -1;
  const places = new Float32Array(vertices.length / VERTEX_FLOATS);
  for (let vertex = 0, at: number = axis; vertex < places.length; vertex++, at += VERTEX_FLOATS) {
    places[vertex] = 2 * copy + direction * (vertices[at] ?? 0);
  }
  return places;
}

/** Whether the bounds of the triangle whose indices begin at `at` reach into the extent. */
function isSeen({ x, y }: MirrorCopy, indices: Uint32Array, at: number, extent: Extent): boolean {
  const a = indices[at] ?? 0;
  const b = indices[at + 1] ?? 0;
  const c = indices[at + 2] ?? 0;
  const [ax, bx, cx] = [x[a] ?? 0, x[b] ?? 0, x[c] ?? 0];
  const [ay, by, cy] = [y[a] ?? 0, y[b] ?? 0, y[c] ?? 0];
  return (
    Math.max(ax, bx, cx) > extent.minX &&
    Math.min(ax, bx, cx) < extent.maxX &&
    Math.max(ay, by, cy) > extent.minY &&
    Math.min(ay, by, cy) < extent.maxY
  );
}

function takenVertices(
  mesh: SceneMesh,
  copies: readonly MirrorCopy[],
  count: number,
): Float32Array {
  const vertices = new Float32Array(VERTEX_FLOATS * count);
  for (const { x, y, taken } of copies) {
    for (let vertex = 0; vertex < taken.length; vertex++) {
      const number = taken[vertex] ?? NOT_TAKEN;
      if (number === NOT_TAKEN) continue;
      const at = VERTEX_FLOATS * number;
      vertices[at] = x[vertex] ?? 0;
      vertices[at + 1] = y[vertex] ?? 0;
      vertices[at + 2] = mesh.vertices[VERTEX_FLOATS * vertex + 2] ?? 0;
    }
  }
  return vertices;
}

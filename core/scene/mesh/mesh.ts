/** Triangles over the photo, each vertex lifted by the disparity under it. */
export interface Mesh {
  /** Three floats a vertex: x and y in [−1, 1] over the photo (y upwards), disparity in [0, 1]. */
  readonly vertices: Float32Array;
  /** Three a triangle. */
  readonly indices: Uint32Array;
}

/** Floats a vertex takes in `Mesh.vertices`. */
export const VERTEX_FLOATS = 3;

/**
 * How a fragment gets from its triangle to the disparity map, dearer from left to right: not at
 * all; by one fixed-point step; by a secant step after it; by walking down its ray, texel by texel,
 * from a triangle that lies above the map.
 */
export const REFINEMENTS = ["none", "fixed-point", "secant", "search"] as const;
export type Refinement = (typeof REFINEMENTS)[number];

/** Triangles of one mesh that are refined alike: a range of its indices. */
export interface MeshPart {
  readonly refinement: Refinement;
  readonly firstIndex: number;
  readonly indexCount: number;
}

/** A mesh whose indices are grouped by refinement. Beyond the photo's edges it goes on mirrored. */
export interface SceneMesh extends Mesh {
  /** In the order of `REFINEMENTS`, empty ones left out. */
  readonly parts: readonly MeshPart[];
}

/** The whole mesh as one part. */
export function asOnePart(mesh: Mesh, refinement: Refinement = "none"): SceneMesh {
  return { ...mesh, parts: [{ refinement, firstIndex: 0, indexCount: mesh.indices.length }] };
}

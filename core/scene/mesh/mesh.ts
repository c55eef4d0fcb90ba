/** Triangles over the photo, each vertex lifted by the disparity under it. */
export interface Mesh {
  /**
   * Three floats per vertex: x and y in [−1, 1] over the photo (y upwards), disparity in [0, 1].
   */
  readonly vertices: Float32Array;
  /** Three indices per triangle. */
  readonly indices: Uint32Array;
}

/** Floats per vertex in `Mesh.vertices`. */
export const VERTEX_FLOATS = 3;

/**
 * How a fragment gets from its triangle to the disparity map, from cheap to expensive: not at all;
 * by one fixed-point step; by an additional secant step; by walking down its ray, texel by texel,
 * from a triangle that lies above the map.
 */
export const REFINEMENTS = ["none", "fixed-point", "secant", "search"] as const;
export type Refinement = (typeof REFINEMENTS)[number];

/** A range of a mesh's indices whose triangles have the same refinement. */
export interface MeshPart {
  readonly refinement: Refinement;
  readonly firstIndex: number;
  readonly indexCount: number;
}

/**
 * A mesh whose indices are grouped by refinement. Beyond the photo's edges the mesh continues
 * mirrored.
 */
export interface SceneMesh extends Mesh {
  /** In the order of `REFINEMENTS`, without empty ones. */
  readonly parts: readonly MeshPart[];
}

/** The whole mesh as one part. */
export function asOnePart(mesh: Mesh, refinement: Refinement = "none"): SceneMesh {
  return { ...mesh, parts: [{ refinement, firstIndex: 0, indexCount: mesh.indices.length }] };
}

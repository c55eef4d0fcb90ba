/** Triangles over the photo, each vertex lifted by the disparity under it. */
export interface Mesh {
  /** Three floats a vertex: x and y in [−1, 1] over the photo (y upwards), disparity in [0, 1]. */
  readonly vertices: Float32Array;
  /** Three a triangle. */
  readonly indices: Uint32Array;
}

/** Floats a vertex takes in `Mesh.vertices`. */
export const VERTEX_FLOATS = 3;

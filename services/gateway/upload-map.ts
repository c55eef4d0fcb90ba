/** Receives a caller's own depth map and checks its structure while nothing is stored yet. */
import { inspectMap, type MapInput } from "../../core/depthmap/files/map-file.js";
import { DepthmeshError } from "../../core/errors.js";
import type { PhotoLimits } from "../../core/photo/limits.js";
import { receiveBytes } from "../../core/receive-bytes.js";

/** All bytes of a map whose structure is whole. Throws the IMAGE_ and UPLOAD_ errors of `depth.map`. */
export async function receiveMap(
  chunks: AsyncIterable<Uint8Array>,
  input: MapInput,
  limits: PhotoLimits,
): Promise<Uint8Array> {
  const bytes = await receiveBytes(chunks, limits.maxBytes);
  if (bytes.length === 0) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "spec.depth.map announces a map, none came", {
      metadata: { field: "depth.map" },
    });
  }
  inspectMap(bytes, input, limits);
  return bytes;
}

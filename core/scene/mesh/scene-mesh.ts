/**
 * Builds the mesh that is drawn from a disparity map: coarse triangles, refined where necessary, as
 * far as the camera path can see.
 */
import type { Size } from "../../geometry/size.js";
import type { Extent } from "../geometry.js";
import type { Detail } from "../quality.js";
import { adaptiveMesh } from "./adaptive.js";
import type { SceneMesh } from "./mesh.js";
import { mirroredMesh } from "./mirrored.js";
import { refinedMesh } from "./refined.js";

/** `disparity` is row-major 16-bit, [height, width], top row first, 65535 nearest. */
export function sceneMesh(
  disparity: Uint16Array,
  size: Size,
  detail: Detail,
  extent: Extent,
): SceneMesh {
  const coarse = adaptiveMesh(disparity, size, detail.meshSide, detail.meshError);
  return mirroredMesh(refinedMesh(coarse, disparity, size, detail), extent);
}

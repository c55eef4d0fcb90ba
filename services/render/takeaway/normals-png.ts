/** `normals.png`: the surface's normals as 16-bit RGB, in the size of the disparity map. */
import { surfaceNormals } from "../../../core/scene/normals.js";
import type { MadeFile } from "../store-artifacts.js";
import { png16 } from "./pictures.js";
import type { TakeawaySource } from "./source.js";

/** The step between neighboring texels at which a silhouette cuts the surface, in disparity. */
const CUT_STEP = 0.04;

type NormalsSource = Pick<TakeawaySource, "disparity" | "disparitySize" | "height" | "halfSides">;

/**
 * 16 bits, because the relief of a photo is shallow: in 8 bits most of its surface would have a few
 * levels.
 */
export async function normalsPng(source: NormalsSource): Promise<MadeFile> {
  const { disparity, disparitySize: size, height, halfSides } = source;
  const rgb = surfaceNormals(disparity, size, { height, halfSides, cutStep: CUT_STEP });
  return { bytes: await png16(rgb, size, 3), width: size.width, height: size.height };
}

/** What a camera path asks of the two sheets: which steps open, and how far it looks under them. */
import type { Size } from "../../geometry/size.js";
import { type CameraState, mostTexelsCrossed, pixelRays, type Vec2 } from "../camera.js";
import { pixelsPerDisparity } from "../quality.js";

export interface LayerReach {
  /**
   * Least step between neighboring texels, in disparity, that is cut: it opens by more than about a
   * pixel and more than about a texel somewhere on the path.
   */
  readonly cutDisparity: number;
  /** Most texels that a near thing uncovers for each unit of disparity that it is nearer. */
  readonly texelsPerDisparity: number;
  /** Whether the camera sees large disparities as far. */
  readonly inverted: boolean;
}

/**
 * Smaller steps belong to one surface: a map of 8 bits has steps of 0.004 on every slope, and cuts
 * there would show.
 */
export const LEAST_CUT = 0.006;

/**
 * The reach of a path over a map of this size; undefined where two sheets cannot help: where no
 * step opens, and where the camera exchanges near and far on its way, so that neither sheet stays
 * behind the other. `halfSides` are those of the photo on the plane z = 1.
 */
export function layerReach(
  path: readonly CameraState[],
  frame: Size,
  halfSides: Vec2,
  disparity: Size,
): LayerReach | undefined {
  const inverted = path.some(({ invert }) => invert > 0.5);
  if (inverted && path.some(({ invert }) => invert < 0.5)) return undefined;
  const texelsPerDisparity = path.reduce(
    (most, camera) =>
      Math.max(most, mostTexelsCrossed(pixelRays(camera, frame, halfSides), frame, disparity)),
    0,
  );
  const pixels = pixelsPerDisparity(path, frame);
  const cutDisparity = Math.max(LEAST_CUT, 1 / texelsPerDisparity, 1 / Math.max(1e-9, pixels));
  return cutDisparity < 1 ? { cutDisparity, texelsPerDisparity, inverted } : undefined;
}

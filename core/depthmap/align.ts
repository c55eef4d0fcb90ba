/** Lifts a disparity map to the photo's size with its edges where the photo has them. */

import type { Size } from "../geometry/size.js";
import { withinShortSide } from "../geometry/size.js";
import { evaluate, evaluateAt, fitLinear, guidePlanes } from "./guided.js";
import { resize } from "./resize.js";

/**
 * How well a map's own edges lie. `blurred`, as those of small nets: somewhere near, to be looked
 * for in the photo over wide windows. `sharp`: right to about two of the map's own pixels; wide
 * windows would only wash them out.
 */
export type EdgeQuality = "blurred" | "sharp";

/**
 * Short side of the grid on which coefficients are found for blurred maps: finer adds time, not
 * edges.
 */
const BLURRED_GRID_PIXELS = 256;
/** For sharp maps it is the map's own, up to this: what 1080p leaves time for. */
const SHARP_GRID_PIXELS = 384;

/**
 * `map` [mapSize] at the size of the photo `rgb` [height, width, 3], fitted to the photo's color.
 * Values may overshoot the map's range at strong edges.
 */
export function alignToPhoto(
  map: Float32Array,
  mapSize: Size,
  rgb: Uint8Array,
  photo: Size,
  quality: EdgeQuality,
): Float32Array {
  const mapSide = Math.min(mapSize.width, mapSize.height);
  const blurred = quality === "blurred";
  const grid = withinShortSide(
    photo,
    blurred ? BLURRED_GRID_PIXELS : Math.min(SHARP_GRID_PIXELS, mapSide),
  );
  const guide = guidePlanes(resize(rgb, photo, grid, 3));
  const coarse = resize(map, mapSize, grid, 1);
  const side = Math.min(grid.width, grid.height);
  const narrow = { radius: 2, epsilon: 5e-4 };
  if (!blurred) return evaluateAt(fitLinear(coarse, guide, grid, narrow), rgb, photo);
  // Once wide, to follow objects, once narrow, to sharpen.
  const wide = { radius: Math.max(3, Math.floor(side / 16)), epsilon: 1e-3 };
  const objects = evaluate(fitLinear(coarse, guide, grid, wide), guide);
  return evaluateAt(fitLinear(objects, guide, grid, narrow), rgb, photo);
}

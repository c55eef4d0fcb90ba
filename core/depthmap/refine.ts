/**
 * Enlarges a disparity map to the photo's size: smoothly, without anything of the photo's texture,
 * except for ramps, which become steps at the photo's edges.
 */
import type { Size } from "../geometry/size.js";
import { sidesOf } from "./ramp-sides.js";
import { findRamps } from "./ramps.js";
import { resize } from "./resize.js";
import { snapRamps } from "./snap.js";

/**
 * How precise a map's own edges are. `blurred`: those of small nets and cameras, with wide ramps
 * that are only near the photo's edges. `sharp`: correct within about two of the map's own pixels.
 */
export type EdgeQuality = "blurred" | "sharp";

/** Widest ramp in texels of the estimate. Wider rises are surfaces. */
const WIDEST: Readonly<Record<EdgeQuality, number>> = { sharp: 7, blurred: 10 };

/**
 * `map` [mapSize] in [0, 1] at the size of the photo `rgb` [height, width, 3]. Values may overshoot
 * the map's range a little.
 */
export function refine(
  map: Float32Array,
  mapSize: Size,
  rgb: Uint8Array,
  photo: Size,
  quality: EdgeQuality,
): Float32Array {
  // A map that is larger than the photo has nothing to gain from its own grid.
  const isLarger = mapSize.width > photo.width || mapSize.height > photo.height;
  const grid = isLarger ? photo : { width: mapSize.width, height: mapSize.height };
  const coarse = isLarger ? resize(map, mapSize, photo, 1) : map;
  const smooth = isLarger ? coarse : resize(map, mapSize, photo, 1, "cubic");
  const widest = WIDEST[quality];
  const ramps = findRamps(coarse, grid, widest);
  if (ramps.count === 0) return smooth;
  const sides = sidesOf(ramps, widest, resize(rgb, photo, grid, 3));
  return snapRamps(smooth, sides, rgb, photo);
}

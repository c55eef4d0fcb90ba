/**
 * Guided upsampling, to compare refinement with: a linear fit of the map to the photo's colors in
 * every window. It was the product's way before version 4 of post-processing.
 */

import type { EdgeQuality } from "../core/depthmap/refine.js";
import { resize } from "../core/depthmap/resize.js";
import { type Size, withinShortSide } from "../core/geometry/size.js";
import { evaluate, evaluateAt, fitLinear, guidePlanes } from "./guided.js";

/**
 * Short side of the grid on which coefficients are fitted for blurred maps. A finer grid takes more
 * time and gives no better edges.
 */
const BLURRED_GRID_PIXELS = 256;
/**
 * For sharp maps the grid has the map's own size up to this limit, which is fast enough for 1080p.
 */
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
  // First with wide windows, to follow objects, then with narrow ones, to sharpen edges.
  const wide = { radius: Math.max(3, Math.floor(side / 16)), epsilon: 1e-3 };
  const objects = evaluate(fitLinear(coarse, guide, grid, wide), guide);
  return evaluateAt(fitLinear(objects, guide, grid, narrow), rgb, photo);
}

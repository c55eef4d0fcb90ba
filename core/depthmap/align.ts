/** Lifts a small disparity map to the photo's size with its edges where the photo has them. */
import type { Size } from "../clip/size.js";
import { evaluate, evaluateAt, fitLinear, guidePlanes } from "./guided.js";
import { resize } from "./resize.js";

/** Short side of the grid on which coefficients are found: finer adds time, not edges. */
const GRID_SHORT_SIDE_PIXELS = 256;

/**
 * `map` [mapSize] at the size of the photo `rgb` [height, width, 3]: fitted to the photo's color twice, once over wide
 * windows, to follow objects, and once over narrow ones, to sharpen; radii follow the short side. Values may overshoot
 * the map's range at strong edges.
 */
export function alignToPhoto(
  map: Float32Array,
  mapSize: Size,
  rgb: Uint8Array,
  photo: Size,
): Float32Array {
  const grid = gridSize(photo);
  const side = Math.min(grid.width, grid.height);
  const guide = guidePlanes(resize(rgb, photo, grid, 3));
  const coarse = resize(map, mapSize, grid, 1);
  const wide = { radius: Math.max(3, Math.floor(side / 16)), epsilon: 1e-3 };
  const narrow = { radius: Math.max(2, Math.floor(side / 110)), epsilon: 5e-4 };
  const objects = evaluate(fitLinear(coarse, guide, grid, wide), guide);
  return evaluateAt(fitLinear(objects, guide, grid, narrow), rgb, photo);
}

function gridSize({ width, height }: Size): Size {
  const scale = Math.min(1, GRID_SHORT_SIDE_PIXELS / Math.min(width, height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}

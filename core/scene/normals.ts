/**
 * Surface normals of the scene: of the surface that the camera moves over, whose point above the
 * photo's (x, y) is at z = h·d towards the viewer.
 */
import type { Size } from "../geometry/size.js";
import type { Vec2 } from "./camera.js";

export interface Relief {
  /** h: how far the nearest point rises, in half heights of the screen, [0, 1). */
  readonly height: number;
  /** Half sides of the photo, in the same unit (`SceneGeometry.halfSides`). */
  readonly halfSides: Vec2;
  /**
   * A step between neighboring texels above this is a silhouette, where the surface is cut: the
   * slope of a texel is that of its own side, so that no normal belongs to both. In disparity.
   */
  readonly cutStep: number;
}

/** Samples of a channel for the components −1 and 0; 1 is as far from 0. */
const ZERO = 32767.5;

/**
 * Unit normals as 16-bit RGB, [height, width, 3], top row first: red is the component to the right,
 * green upwards, blue to the viewer, each as 65535 · (n + 1) / 2. `disparity` is 16-bit
 * [height, width], 65535 nearest. On z = h·d(x, y) the normal is (−h ∂d/∂x, −h ∂d/∂y, 1),
 * normalized; slopes are central differences, and one-sided beside an edge and a cut.
 */
export function surfaceNormals(
  disparity: Uint16Array,
  { width, height: rows }: Size,
  { height, halfSides, cutStep }: Relief,
): Uint16Array {
  const rgb = new Uint16Array(3 * width * rows);
  const most = cutStep * 65535;
  // What one step of a sample over one texel is as a slope.
  const perColumn = (height * width) / (2 * halfSides.x * 65535);
  const perRow = (height * rows) / (2 * halfSides.y * 65535);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < width; column++, at++) {
      const here = disparity[at] ?? 0;
      const left = column > 0 ? here - (disparity[at - 1] ?? 0) : Number.NaN;
      const right = column + 1 < width ? (disparity[at + 1] ?? 0) - here : Number.NaN;
      const above = row > 0 ? (disparity[at - width] ?? 0) - here : Number.NaN;
      const below = row + 1 < rows ? here - (disparity[at + width] ?? 0) : Number.NaN;
      const x = -perColumn * slope(left, right, most);
      const y = -perRow * slope(above, below, most);
      const scale = ZERO / Math.hypot(x, y, 1);
      rgb[3 * at] = Math.round(ZERO + scale * x);
      rgb[3 * at + 1] = Math.round(ZERO + scale * y);
      rgb[3 * at + 2] = Math.round(ZERO + scale);
    }
  }
  return rgb;
}

/**
 * The mean of the steps to both sides. One that is absent (NaN) or above `most` does not count; 0
 * without any.
 */
function slope(one: number, other: number, most: number): number {
  const first = Math.abs(one) <= most;
  const second = Math.abs(other) <= most;
  if (first && second) return (one + other) / 2;
  if (first) return one;
  return second ? other : 0;
}

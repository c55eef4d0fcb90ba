/** How much work a picture is worth: the mesh's error on screen, and the refinement of each pixel. */

import type { Size } from "../clip/size.js";
import type { CameraState } from "./camera.js";
import { pixelsPerDisparity } from "./mesh/screen-error.js";

export const QUALITIES = ["fast", "balanced", "fine"] as const;
export type Quality = (typeof QUALITIES)[number];

/** What the renderer needs to know. */
export interface Detail {
  /** Samples a side of the grid that the mesh is taken from, 2^n + 1. */
  readonly meshSide: number;
  /** Farthest that the mesh may be from the disparity map, in disparity. */
  readonly maxError: number;
  /** 0 takes the triangle's point, 1 a fixed-point step on the map, 2 a secant step after it. */
  readonly refineSteps: 0 | 1 | 2;
}

interface QualityRow {
  readonly meshSide: number;
  /** Farthest that a pixel may be from its place at the frame where it moves most, in pixels. */
  readonly maxErrorPixels: number;
  readonly refineSteps: 0 | 1 | 2;
}

/** Chosen on the Pareto table of docs/rendering.md. */
const ROWS: Readonly<Record<Quality, QualityRow>> = {
  fast: { meshSide: 513, maxErrorPixels: 1, refineSteps: 0 },
  balanced: { meshSide: 513, maxErrorPixels: 1.5, refineSteps: 1 },
  fine: { meshSide: 1025, maxErrorPixels: 1, refineSteps: 2 },
};

/** Below this the 16-bit map and the mesh's grid say no more. */
const MIN_ERROR = 0.0005;
const MAX_ERROR = 0.05;

export function detailOf(quality: Quality, path: readonly CameraState[], frame: Size): Detail {
  const { meshSide, maxErrorPixels, refineSteps } = ROWS[quality];
  const error = maxErrorPixels / Math.max(1e-9, pixelsPerDisparity(path, frame));
  return { meshSide, maxError: Math.min(MAX_ERROR, Math.max(MIN_ERROR, error)), refineSteps };
}

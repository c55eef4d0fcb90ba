/**
 * Turns the `quality` parameter into how closely a picture follows the disparity map: the mesh's
 * error on the screen, and the refinement of each pixel.
 */
import type { Size } from "../geometry/size.js";
import { type CameraState, raysOf } from "./camera.js";
import type { Refinement } from "./mesh/mesh.js";

export const QUALITIES = ["fast", "balanced", "fine"] as const;
export type Quality = (typeof QUALITIES)[number];

/** What the mesh builder needs to know. */
export interface Detail {
  /** Samples a side of the grid that the mesh is taken from, 2^n + 1. */
  readonly meshSide: number;
  /** Farthest that the coarse mesh may be from the disparity map, in disparity. */
  readonly meshError: number;
  /** Farthest that a fragment which is not refined may be from it, in disparity. */
  readonly maxError: number;
  /** Texels of the map that a ray crosses, at most, while it falls by a disparity of 1. */
  readonly texelsPerDisparity: number;
  /** The dearest refinement that is allowed. */
  readonly dearest: Refinement;
}

interface QualityRow {
  readonly meshSide: number;
  /** In pixels at the frame where an error moves most. */
  readonly meshErrorPixels: number;
  readonly maxErrorPixels: number;
  readonly dearest: Refinement;
}

/** Chosen on the table of docs/rendering.md. */
const ROWS: Readonly<Record<Quality, QualityRow>> = {
  fast: { meshSide: 257, meshErrorPixels: 3, maxErrorPixels: 3, dearest: "none" },
  balanced: { meshSide: 513, meshErrorPixels: 1.5, maxErrorPixels: 0.5, dearest: "secant" },
  fine: { meshSide: 65, meshErrorPixels: 4, maxErrorPixels: 0.25, dearest: "search" },
};

/**
 * A search falls from the near side; a camera that takes far parts for near ones looks from the
 * other.
 */
const isSearchable = (path: readonly CameraState[]) => path.every(({ invert }) => invert < 0.5);

function rowOf(quality: Quality, path: readonly CameraState[]): QualityRow {
  const row = ROWS[quality];
  return row.dearest === "search" && !isSearchable(path) ? ROWS.balanced : row;
}

/** The map's texture has half floats, which say no more than this near 1. */
const MIN_ERROR = 0.0005;
const MAX_ERROR = 0.05;

/** Its hierarchy of triangles takes 20 MiB. */
const MAX_MESH_SIDE = 1025;

/**
 * `crop` is how many times the picture goes into the photo, along the side where it goes more
 * often: the mesh is of the whole photo, and what is seen of it must not get fewer triangles for
 * that.
 */
export function detailOf(
  quality: Quality,
  path: readonly CameraState[],
  frame: Size,
  { texelsPerDisparity, crop }: { readonly texelsPerDisparity: number; readonly crop: number },
): Detail {
  const row = rowOf(quality, path);
  const pixels = Math.max(1e-9, pixelsPerDisparity(path, frame));
  const within = (error: number) => Math.min(MAX_ERROR, Math.max(MIN_ERROR, error / pixels));
  return {
    meshSide: Math.min(MAX_MESH_SIDE, (row.meshSide - 1) * 2 ** Math.round(Math.log2(crop)) + 1),
    meshError: within(row.meshErrorPixels),
    maxError: within(row.maxErrorPixels),
    texelsPerDisparity,
    dearest: row.dearest,
  };
}

/**
 * Most pixels that a point moves on a screen of this size for a disparity that is wrong by 1 (to
 * first order): with g = e / w, ∂g/∂d = k·((A − C) − (D − B)·g) / w, which is largest in a corner
 * and at an end of the disparity range.
 */
export function pixelsPerDisparity(path: readonly CameraState[], frame: Size): number {
  const aspect = frame.width / frame.height;
  let most = 0;
  for (const camera of path) {
    const { A, B, C, D, k } = raysOf(camera);
    const w = Math.min(B, B + k * (D - B));
    for (const x of [-aspect, aspect]) {
      for (const y of [-1, 1]) {
        const moved = Math.hypot(A.x - C.x - (D - B) * x, A.y - C.y - (D - B) * y);
        most = Math.max(most, (k * moved) / w);
      }
    }
  }
  // The screen is two units high.
  return (most * frame.height) / 2;
}

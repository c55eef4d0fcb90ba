/**
 * Turns the `quality` parameter into how closely a picture follows the disparity map: the mesh's
 * error on the screen, and the refinement of each pixel.
 */
import type { Size } from "../geometry/size.js";
import { type CameraState, raysOf } from "./camera.js";
import type { Refinement } from "./mesh/mesh.js";

export const QUALITIES = ["fast", "balanced", "fine"] as const;
export type Quality = (typeof QUALITIES)[number];

/** The settings of the mesh builder. */
export interface Detail {
  /** Samples per side of the grid from which the mesh is built, 2^n + 1. */
  readonly meshSide: number;
  /** Largest distance of the coarse mesh from the disparity map, in disparity. */
  readonly meshError: number;
  /** Largest distance of an unrefined fragment from the disparity map, in disparity. */
  readonly maxError: number;
  /** Most texels of the map that a ray crosses while it falls by a disparity of 1. */
  readonly texelsPerDisparity: number;
  /** The most expensive refinement that is allowed. */
  readonly dearest: Refinement;
  /** Largest distance of a triangle from its sheet, in disparity, if the scene has two sheets. */
  readonly sheetError: number;
  /** Most triangles of two sheets within the photo. */
  readonly maxTriangles: number;
}

interface QualityRow {
  readonly meshSide: number;
  /** In pixels, at the frame where an error has the largest effect. */
  readonly meshErrorPixels: number;
  readonly maxErrorPixels: number;
  readonly dearest: Refinement;
  readonly sheetErrorPixels: number;
  readonly maxTriangles: number;
}

/** Chosen from the measurements in docs/rendering.md. */
const ROWS: Readonly<Record<Quality, QualityRow>> = {
  fast: {
    meshSide: 257,
    meshErrorPixels: 3,
    maxErrorPixels: 3,
    dearest: "none",
    sheetErrorPixels: 2,
    maxTriangles: 120_000,
  },
  balanced: {
    meshSide: 513,
    meshErrorPixels: 1.5,
    maxErrorPixels: 0.5,
    dearest: "secant",
    sheetErrorPixels: 1,
    maxTriangles: 250_000,
  },
  fine: {
    meshSide: 65,
    meshErrorPixels: 4,
    maxErrorPixels: 0.25,
    dearest: "search",
    sheetErrorPixels: 0.4,
    maxTriangles: 1_000_000,
  },
};

/** A search starts from the near side. A camera with inverted depth looks from the other side. */
const isSearchable = (path: readonly CameraState[]) => path.every(({ invert }) => invert < 0.5);

function rowOf(quality: Quality, path: readonly CameraState[]): QualityRow {
  const row = ROWS[quality];
  return row.dearest === "search" && !isSearchable(path) ? ROWS.balanced : row;
}

/** The map's texture may have half floats, whose precision near 1 is this. */
const MIN_ERROR = 0.0005;
const MAX_ERROR = 0.05;

/** The hierarchy of triangles of this grid takes 20 MiB. */
const MAX_MESH_SIDE = 1025;

/**
 * `crop` is how many times the picture fits into the photo, along the side that is cropped most.
 * The mesh covers the whole photo, and the visible part must not have fewer triangles because of
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
    sheetError: within(ROWS[quality].sheetErrorPixels),
    maxTriangles: ROWS[quality].maxTriangles,
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

/** Turns an exact map into one as an estimator and the product's own post-processing make it. */
import { gaussianBlur } from "../../core/depthmap/filters.js";
import { type DisparityMap, postProcess } from "../../core/depthmap/post-processing.js";
import { resize } from "../../core/depthmap/resize.js";
import { type Size, withinLongSide } from "../../core/geometry/size.js";
import { Fields } from "../../core/spec/fields.js";
import { resolveDepth } from "../../core/spec/resolve-depth.js";
import { leastSquares } from "../metrics.js";
import type { HeightField } from "./march.js";

/** Long side in pixels of what an estimator gives, or the exact map. */
export const MAP_KINDS = ["exact", "518", "256"] as const;
export type MapKind = (typeof MAP_KINDS)[number];

/** Nets of these sizes do not place an edge more sharply than this, in their own pixels. */
const BLUR_PIXELS = 1;

/**
 * `field` with a map of this kind. The estimate is post-processed by the
 * defaults of a job. Its scale and shift, which no estimator knows, are fitted to
 * the truth, so that the figures are about shape.
 */
export function withMap(field: HeightField, kind: MapKind): HeightField {
  if (kind === "exact") return field;
  const { photo, photoSize, disparity, disparitySize } = field;
  const { values } = postProcess(
    estimateOf(disparity, disparitySize, kind),
    { rgb: guideOf(photo, photoSize, disparitySize), ...disparitySize },
    resolveDepth(new Fields({})),
  );
  const { scale, shift } = leastSquares(values, disparity);
  const fitted = values.map((value) => Math.min(1, Math.max(0, scale * value + shift)));
  return { ...field, disparity: fitted };
}

/** What a net of this size would give for an exact map, at best. */
export function estimateOf(
  disparity: Float32Array,
  size: Size,
  kind: Exclude<MapKind, "exact">,
): DisparityMap {
  const small = withinLongSide(size, Number(kind));
  const values = gaussianBlur(resize(disparity, size, small, 1), small, BLUR_PIXELS);
  return { ...small, values, edges: kind === "256" ? "blurred" : "sharp" };
}

/** The photo at the size of the map. */
export function guideOf(photo: Uint8Array, from: Size, to: Size): Uint8Array {
  if (from.width === to.width && from.height === to.height) return photo;
  return Uint8Array.from(resize(photo, from, to, 3), Math.round);
}

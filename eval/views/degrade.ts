/** Turns an exact map into one as an estimator and the product's own post-processing make it. */
import { gaussianBlur } from "../../core/depthmap/filters.js";
import { postProcess } from "../../core/depthmap/post-processing.js";
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
 * `field` with a map of this kind. The estimate is enlarged, aligned with the photo, grown and
 * smoothed by the defaults of a job. Its scale and shift, which no estimator knows, are fitted to
 * the truth, so that the figures are about shape.
 */
export function withMap(field: HeightField, kind: MapKind): HeightField {
  if (kind === "exact") return field;
  const { photo, photoSize, disparity, disparitySize } = field;
  const small = withinLongSide(disparitySize, Number(kind));
  const estimate = gaussianBlur(resize(disparity, disparitySize, small, 1), small, BLUR_PIXELS);
  const { values } = postProcess(
    { values: estimate, ...small, edges: kind === "256" ? "blurred" : "sharp" },
    { rgb: guide(photo, photoSize, disparitySize), ...disparitySize },
    resolveDepth(new Fields({})),
  );
  const { scale, shift } = leastSquares(values, disparity);
  const fitted = values.map((value) => Math.min(1, Math.max(0, scale * value + shift)));
  return { ...field, disparity: fitted };
}

function guide(photo: Uint8Array, from: Size, to: Size): Uint8Array {
  if (from.width === to.width && from.height === to.height) return photo;
  return Uint8Array.from(resize(photo, from, to, 3), Math.round);
}

/**
 * Post-processing: turns any estimate of disparity into the map that is rendered, by a list of pure
 * steps whose options the caller sets.
 */
import type { Size } from "../geometry/size.js";
import { gaussianBlur, grow } from "./filters.js";
import { normalize, robustRange } from "./range.js";
import { type EdgeQuality, refine } from "./refine.js";
import { resize } from "./resize.js";

/** Part of the key of every cached map. Raise it when a step gives other values than before. */
export const POST_PROCESSING_VERSION = 4;

export interface PostProcessing {
  /** Percentiles of the estimate that become 0 and 1. */
  readonly rangeLowPercent: number;
  readonly rangeHighPercent: number;
  /** Whether to exchange near and far. */
  readonly invert: boolean;
  /** How far ramps become steps at the photo's edges: 0 leaves the enlarged estimate. */
  readonly edgeRefinement: number;
  /**
   * Grows near things by this many pixels of the map, which hides halos at their edges; shrinks
   * them if negative.
   */
  readonly fattenPixels: number;
  /** Standard deviation of a Gaussian blur in pixels of the map. */
  readonly smoothingPixels: number;
}

/** Relative disparity, larger = nearer, row-major [height, width]. */
export interface DisparityMap extends Size {
  readonly values: Float32Array;
  readonly edges: EdgeQuality;
}

/** The photo at the size that the map is to have, RGB interleaved [height, width, 3]. */
export interface PhotoGuide extends Size {
  readonly rgb: Uint8Array;
}

interface Step {
  readonly name: string;
  readonly apply: (map: DisparityMap, photo: PhotoGuide, options: PostProcessing) => DisparityMap;
}

export const STEPS: readonly Step[] = [
  {
    name: "robust range",
    apply: (map, _photo, { rangeLowPercent, rangeHighPercent }) =>
      withValues(
        map,
        normalize(map.values, robustRange(map.values, rangeLowPercent, rangeHighPercent)),
      ),
  },
  {
    name: "polarity",
    apply: (map, _photo, { invert }) =>
      invert
        ? withValues(
            map,
            map.values.map((value) => 1 - value),
          )
        : map,
  },
  { name: "refinement", apply: upsample },
  {
    name: "edge fattening",
    apply: (map, _photo, { fattenPixels }) =>
      fattenPixels === 0 ? map : withValues(map, grow(map.values, map, fattenPixels)),
  },
  {
    name: "smoothing",
    apply: (map, _photo, { smoothingPixels }) =>
      smoothingPixels === 0 ? map : withValues(map, gaussianBlur(map.values, map, smoothingPixels)),
  },
];

/**
 * Runs the steps. The result has the photo's size and values in [0, 1]; a flat estimate gives a
 * flat map. `between` is called with the name of each step before it begins; it may throw to
 * end the processing.
 */
export function postProcess(
  estimate: DisparityMap,
  photo: PhotoGuide,
  options: PostProcessing,
  between: (step: string) => void = () => {},
): DisparityMap {
  let map = estimate;
  for (const { name, apply } of STEPS) {
    between(name);
    map = apply(map, photo, options);
  }
  return map;
}

function withValues(map: DisparityMap, values: Float32Array): DisparityMap {
  return { ...map, values };
}

function upsample(map: DisparityMap, photo: PhotoGuide, { edgeRefinement }: PostProcessing) {
  const { width, height, rgb } = photo;
  const result = (values: Float32Array) => ({ values, width, height, edges: map.edges });
  if (edgeRefinement === 0) return result(resize(map.values, map, photo, 1));
  const aligned = refine(map.values, map, rgb, photo, map.edges);
  if (edgeRefinement < 1) {
    const plain = resize(map.values, map, photo, 1);
    for (let i = 0; i < aligned.length; i++) {
      const from = plain[i] ?? 0;
      aligned[i] = from + edgeRefinement * ((aligned[i] ?? 0) - from);
    }
  }
  // Cubic enlargement may overshoot at edges.
  return result(normalize(aligned, { low: 0, high: 1 }));
}

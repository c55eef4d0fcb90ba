/** Finds what a photo is about, as far as its depth tells: the disparity of its subject. */
import type { SampledMap } from "./limits/sampled-map.js";

/** Steps of disparity that are told apart. */
const BINS = 64;
/** Standard deviation of what counts as one thing, in bins: a person is not flat. */
const THING_BINS = 4;
/** Standard deviations of where a subject is, in widths and heights of the photo. */
const SPREAD_X = 0.22;
const SPREAD_Y = 0.3;
/** People look at what is near: the nearest thing counts so many times what the farthest does. */
const NEAREST_WEIGHT = 4;

/**
 * Disparity of the subject, [0, 1]: where the histogram of the map is highest, in which the middle
 * of the photo and near things count more. The same map always has the same subject.
 */
export function subjectOf({ width, height, disparity }: SampledMap): number {
  const histogram = new Float64Array(BINS);
  const across = prior(width, SPREAD_X);
  const down = prior(height, SPREAD_Y);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const d = disparity[at] ?? 0;
      const bin = Math.min(BINS - 1, Math.floor(d * BINS));
      const weight = (across[column] ?? 0) * (down[row] ?? 0) * (1 + (NEAREST_WEIGHT - 1) * d);
      histogram[bin] = (histogram[bin] ?? 0) + weight;
    }
  }
  return (highest(smoothed(histogram)) + 0.5) / BINS;
}

/** How likely a subject is at each place of a line. */
function prior(length: number, spread: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    const fromMiddle = (i + 0.5) / length - 0.5;
    return Math.exp(-(fromMiddle ** 2) / (2 * spread ** 2));
  });
}

const KERNEL = Float64Array.from({ length: BINS }, (_, apart) =>
  Math.exp(-(apart ** 2) / (2 * THING_BINS ** 2)),
);

function smoothed(histogram: Float64Array): Float64Array {
  return histogram.map((_, at) =>
    histogram.reduce((sum, weight, bin) => sum + weight * (KERNEL[Math.abs(bin - at)] ?? 0), 0),
  );
}

const highest = (values: Float64Array) =>
  values.reduce((best, value, at) => (value > (values[best] ?? 0) ? at : best), 0);

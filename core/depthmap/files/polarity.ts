/** From what a caller's map says to what is rendered. */
import type { DisparityMap } from "../post-processing.js";
import type { MapPolarity } from "./map-file.js";
import type { MapSamples } from "./samples.js";

/** Disparity up to scale and shift, larger = nearer. A distance that is not positive counts as infinite. */
export function disparityOf(samples: MapSamples, polarity: MapPolarity): DisparityMap {
  const { values, width, height } = samples;
  switch (polarity) {
    case "near-is-white":
      return samples;
    case "far-is-white":
      return { values: values.map((value) => -value), width, height };
    case "distance":
      return { values: values.map((value) => (value > 0 ? 1 / value : 0)), width, height };
  }
}

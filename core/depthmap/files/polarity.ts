/** From what a caller's map says to what is rendered. */
import type { DisparityMap } from "../post-processing.js";
import type { MapPolarity } from "./map-file.js";
import type { MapSamples } from "./samples.js";

/** Disparity up to scale and shift, larger = nearer. A distance that is not positive counts as infinite. */
export function disparityOf(samples: MapSamples, polarity: MapPolarity): DisparityMap {
  return { ...samples, values: disparities(samples.values, polarity), edges: "sharp" };
}

function disparities(values: Float32Array, polarity: MapPolarity): Float32Array {
  switch (polarity) {
    case "near-is-white":
      return values;
    case "far-is-white":
      return values.map((value) => -value);
    case "distance":
      return values.map((value) => (value > 0 ? 1 / value : 0));
  }
}

/** What a caller may set of the depth map. */
import { MAP_FORMATS, MAP_POLARITIES } from "../../depthmap/files/map-file.js";
import { choice, fixedNumber, flag, named } from "./row.js";

export const DEPTH_PARAMETERS = named({
  "depth.range_low_percent": fixedNumber({
    range: [0, 49],
    defaultValue: 1,
    unit: "%",
    meaning: "percentile of the estimate that becomes the farthest; 0 by default for an own map",
  }),
  "depth.range_high_percent": fixedNumber({
    range: [51, 100],
    defaultValue: 99,
    unit: "%",
    meaning: "percentile of the estimate that becomes the nearest; 100 by default for an own map",
  }),
  "depth.invert": flag(false, "exchange near and far in the map itself"),
  "depth.edge_refinement": fixedNumber({
    range: [0, 1],
    defaultValue: 1,
    meaning: "how far the map's edges follow the photo's; 0 by default for an own map",
  }),
  "depth.fatten_pixels": fixedNumber({
    range: [-32, 32],
    defaultValue: 0,
    step: 1,
    unit: "pixels",
    meaning: "near things grown by so many pixels of the map, which hides halos, or shrunk",
  }),
  "depth.smoothing_pixels": fixedNumber({
    range: [0, 64],
    defaultValue: 0,
    unit: "pixels",
    meaning: "standard deviation of a blur in pixels of the map",
  }),
  "depth.long_side_pixels": fixedNumber({
    range: [64, 4096],
    step: 1,
    unit: "pixels",
    meaning:
      "long side of the map; absent: the server's, 1024 unless it is set otherwise; at most the decoded photo's",
  }),
});

const side = { range: [1, 32_767], step: 1, unit: "pixels" } as const;

/** Of a map that the caller sends; it is announced by the message that they stand in. */
export const DEPTH_MAP_PARAMETERS = named({
  "depth.map.format": choice(
    MAP_FORMATS,
    undefined,
    "file format of an own map; absent: by its first bytes",
  ),
  "depth.map.polarity": choice(
    MAP_POLARITIES,
    MAP_POLARITIES[0],
    "what an own map's values say: brightness, or distances along the axis of the lens",
  ),
  "depth.map.width": fixedNumber({ ...side, meaning: "of raw float32 samples, and of no other" }),
  "depth.map.height": fixedNumber({ ...side, meaning: "of raw float32 samples, and of no other" }),
});

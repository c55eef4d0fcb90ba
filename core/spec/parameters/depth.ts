/**
 * Parameters of the depth map: how an estimate is processed, and the format of a map that the
 * caller supplies.
 */
import { MAP_FORMATS, MAP_POLARITIES } from "../../depthmap/files/map-file.js";
import { MAP_ORIENTATIONS } from "../../depthmap/orient.js";
import { choice, fixedNumber, flag, named } from "./row.js";

export const DEPTH_PARAMETERS = named({
  "depth.range_low_percent": fixedNumber({
    range: [0, 49],
    defaultValue: 1,
    unit: "%",
    meaning:
      "percentile of the estimate that becomes the farthest value; the default is 0 for your own depth map",
  }),
  "depth.range_high_percent": fixedNumber({
    range: [51, 100],
    defaultValue: 99,
    unit: "%",
    meaning:
      "percentile of the estimate that becomes the nearest value; the default is 100 for your own depth map",
  }),
  "depth.invert": flag(false, "exchanges near and far in the depth map"),
  "depth.edge_refinement": fixedNumber({
    range: [0, 1],
    defaultValue: 1,
    meaning:
      "how far the map's edges follow the photo's edges; the default is 0 for your own depth map",
  }),
  "depth.fatten_pixels": fixedNumber({
    range: [-32, 32],
    defaultValue: 0,
    step: 1,
    unit: "pixels",
    meaning:
      "grows near things by this many pixels of the map, which hides halos; shrinks them if negative; the default is 2 for an estimate if edges is stretch",
  }),
  "depth.smoothing_pixels": fixedNumber({
    range: [0, 64],
    defaultValue: 0,
    unit: "pixels",
    meaning:
      "standard deviation of a blur in pixels of the map; the default is 2 for an estimate if edges is stretch",
  }),
  "depth.long_side_pixels": fixedNumber({
    range: [64, 4096],
    step: 1,
    unit: "pixels",
    meaning:
      "long side of the map; if absent, the server's setting, by default 1024; never more than the decoded photo's",
  }),
  "depth.embedded": flag(
    true,
    "uses the depth map that a phone's camera has put into the photo, if the model is auto and you send no map",
  ),
});

const side = { range: [1, 32_767], step: 1, unit: "pixels" } as const;

/** Parameters of a depth map that the caller sends. Their message `depth.map` announces the map. */
export const DEPTH_MAP_PARAMETERS = named({
  "depth.map.format": choice(
    MAP_FORMATS,
    undefined,
    "file format of your own depth map; if absent, its first bytes decide",
  ),
  "depth.map.polarity": choice(
    MAP_POLARITIES,
    MAP_POLARITIES[0],
    "what the values of your own depth map mean: brightness, or distances along the optical axis",
  ),
  "depth.map.orientation": choice(
    MAP_ORIENTATIONS,
    undefined,
    "how your own depth map lies: as the photo's stored pixels, or upright as the photo is shown; if absent, the map's EXIF decides, then its aspect ratio, and else it is upright",
  ),
  "depth.map.width": fixedNumber({
    ...side,
    meaning: "width of a map of raw float32 samples; not for other formats",
  }),
  "depth.map.height": fixedNumber({
    ...side,
    meaning: "height of a map of raw float32 samples; not for other formats",
  }),
});

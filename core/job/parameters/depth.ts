/** What a caller may set of the depth map. */

const fixed = (
  name: string,
  range: readonly [minimum: number, maximum: number],
  defaultValue: number | undefined,
  meaning: string,
  { unit = "", step = 0 }: { unit?: string; step?: number } = {},
) => ({ name, unit, minimum: range[0], maximum: range[1], defaultValue, step, meaning });

export const DEPTH_PARAMETERS = {
  rangeLowPercent: fixed(
    "depth.range_low_percent",
    [0, 49],
    1,
    "percentile of the estimate that becomes the farthest; 0 by default for an own map",
    { unit: "%" },
  ),
  rangeHighPercent: fixed(
    "depth.range_high_percent",
    [51, 100],
    99,
    "percentile of the estimate that becomes the nearest; 100 by default for an own map",
    { unit: "%" },
  ),
  edgeRefinement: fixed(
    "depth.edge_refinement",
    [0, 1],
    1,
    "how far the map's edges follow the photo's; 0 by default for an own map",
  ),
  fattenPixels: fixed(
    "depth.fatten_pixels",
    [-32, 32],
    0,
    "near things grown by so many pixels of the map, which hides halos, or shrunk",
    { unit: "pixels", step: 1 },
  ),
  smoothingPixels: fixed(
    "depth.smoothing_pixels",
    [0, 64],
    0,
    "standard deviation of a blur in pixels of the map",
    { unit: "pixels" },
  ),
  depthLongSidePixels: fixed(
    "depth.long_side_pixels",
    [64, 4096],
    undefined,
    "long side of the map; absent: what the renderer can use, at most the photo's",
    { unit: "pixels", step: 1 },
  ),
} as const;

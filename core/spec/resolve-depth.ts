/** What a job says about its depth map, complete and checked. */
import type { MapFormat, MapInput, MapPolarity } from "../depthmap/files/map-file.js";
import { DepthmeshError } from "../errors.js";
import type { Fields } from "./fields.js";
import { checkParameter } from "./parameters/row.js";
import { type FieldName, PARAMETERS } from "./parameters.js";
import type { MapRequest } from "./request.js";
import type { DepthSpec } from "./spec.js";

/** Defaults of a map that the caller has made: it is taken as it is, unless asked otherwise. */
const OWN_MAP_DEFAULTS: Readonly<Partial<Record<FieldName, number>>> = {
  "depth.range_low_percent": 0,
  "depth.range_high_percent": 100,
  "depth.edge_refinement": 0,
};

/** Throws PARAMETER_UNKNOWN, PARAMETER_OUT_OF_RANGE and PARAMETER_CONFLICT. */
export function resolveDepth(fields: Fields, asked?: MapRequest): DepthSpec {
  const map = asked && resolveMap(asked);
  const longSidePixels = fields.optional<number>("depth.long_side_pixels");
  const number = (name: FieldName) => {
    const own = map && OWN_MAP_DEFAULTS[name];
    return own === undefined || fields.has(name) ? fields.number(name) : own;
  };
  return {
    rangeLowPercent: number("depth.range_low_percent"),
    rangeHighPercent: number("depth.range_high_percent"),
    invert: fields.flag("depth.invert"),
    edgeRefinement: number("depth.edge_refinement"),
    fattenPixels: number("depth.fatten_pixels"),
    smoothingPixels: number("depth.smoothing_pixels"),
    ...(longSidePixels !== undefined && { longSidePixels }),
    ...(map && { map }),
  };
}

function resolveMap({ format, polarity, width, height }: MapRequest): MapInput {
  const isRaw = format === "float32";
  if (isRaw !== (width !== undefined || height !== undefined)) {
    const message =
      "width and height belong to a depth map of raw float32 samples, and to no other";
    throw new DepthmeshError("PARAMETER_CONFLICT", message, {
      metadata: { field: "depth.map.width" },
    });
  }
  const polarityRow = PARAMETERS["depth.map.polarity"];
  return {
    polarity: checkParameter(polarityRow, polarity ?? `${polarityRow.defaultValue}`) as MapPolarity,
    ...(format !== undefined && {
      format: checkParameter(PARAMETERS["depth.map.format"], format) as MapFormat,
    }),
    ...(isRaw && {
      width: checkParameter(PARAMETERS["depth.map.width"], width ?? Number.NaN),
      height: checkParameter(PARAMETERS["depth.map.height"], height ?? Number.NaN),
    }),
  };
}

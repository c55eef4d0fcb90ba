/** Checks and completes the depth options of a request. */
import type { MapFormat, MapInput, MapPolarity } from "../depthmap/files/map-file.js";
import type { MapOrientation } from "../depthmap/orient.js";
import { DepthmeshError } from "../errors.js";
import type { Edges } from "../scene/edges.js";
import type { Fields } from "./fields.js";
import { checkParameter } from "./parameters/row.js";
import { PARAMETERS } from "./parameters.js";
import type { MapRequest, SpecRequest } from "./request.js";
import type { DepthSpec } from "./spec.js";

/**
 * Defaults for an estimate that is drawn as one stretched surface: growing and blurring it hides
 * the halos and teeth that such a surface has at edges. Two sheets need edges as sharp as they are.
 */
const STRETCHED_DEFAULTS: SpecRequest["fields"] = {
  "depth.fatten_pixels": 2,
  "depth.smoothing_pixels": 2,
};

/**
 * Defaults for a depth map that the caller supplies: it is used as it is unless the caller sets an
 * option.
 */
const OWN_MAP_DEFAULTS: SpecRequest["fields"] = {
  "depth.range_low_percent": 0,
  "depth.range_high_percent": 100,
  "depth.edge_refinement": 0,
};

/** Throws PARAMETER_UNKNOWN, PARAMETER_OUT_OF_RANGE and PARAMETER_CONFLICT. */
export function resolveDepth(fields: Fields, request?: MapRequest): DepthSpec {
  const map = request && resolveMap(request);
  const isStretched = fields.word<Edges>("edges") === "stretch";
  const estimated = isStretched ? STRETCHED_DEFAULTS : {};
  const options = fields.section<DepthSpec>("depth", map ? OWN_MAP_DEFAULTS : estimated);
  return { ...options, ...(map && { map }) };
}

function resolveMap({ format, polarity, width, height, orientation }: MapRequest): MapInput {
  const isRaw = format === "float32";
  if (isRaw !== (width !== undefined || height !== undefined)) {
    const message =
      "depth.map.width and depth.map.height must be set for the format float32, and for no other";
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
    ...(orientation !== undefined && {
      orientation: checkParameter(
        PARAMETERS["depth.map.orientation"],
        orientation,
      ) as MapOrientation,
    }),
    ...(isRaw && {
      width: checkParameter(PARAMETERS["depth.map.width"], width ?? Number.NaN),
      height: checkParameter(PARAMETERS["depth.map.height"], height ?? Number.NaN),
    }),
  };
}

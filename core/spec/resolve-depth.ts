/** Checks and completes the depth options of a request. */
import type { MapFormat, MapInput, MapPolarity } from "../depthmap/files/map-file.js";
import type { MapOrientation } from "../depthmap/orient.js";
import { DepthmeshError } from "../errors.js";
import type { Edges } from "../scene/edges.js";
import type { Fields } from "./fields.js";
import { type ChoiceRow, checkParameter, type NumberRow } from "./parameters/row.js";
import { PARAMETERS } from "./parameters.js";
import type { MapRequest, SpecRequest } from "./request.js";
import type { DepthSpec } from "./spec.js";
import { type Checks, FIRST_ONLY } from "./violations.js";

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

/**
 * Refuses with PARAMETER_UNKNOWN, PARAMETER_OUT_OF_RANGE and PARAMETER_CONFLICT; a map that is
 * refused is left out.
 */
export function resolveDepth(
  fields: Fields,
  request?: MapRequest,
  checks: Checks = FIRST_ONLY,
): DepthSpec {
  const map = request && resolveMap(request, checks);
  const isStretched = fields.word<Edges>("edges") === "stretch";
  const estimated = isStretched ? STRETCHED_DEFAULTS : {};
  const options = fields.section<DepthSpec>("depth", map ? OWN_MAP_DEFAULTS : estimated);
  return { ...options, ...(map && { map }) };
}

function resolveMap(request: MapRequest, checks: Checks): MapInput | undefined {
  const { polarity, format, orientation, width, height } = request;
  checks.check(() => checkRawSize(request));
  const polarityRow = PARAMETERS["depth.map.polarity"];
  const orientationRow = PARAMETERS["depth.map.orientation"];
  const word = <T extends string>(row: ChoiceRow, value: string) =>
    checks.check(() => checkParameter(row, value) as T);
  const side = (row: NumberRow, value = Number.NaN) =>
    checks.check(() => checkParameter(row, value));
  const map = {
    polarity: word<MapPolarity>(polarityRow, polarity ?? `${polarityRow.defaultValue}`),
    ...(format !== undefined && {
      format: word<MapFormat>(PARAMETERS["depth.map.format"], format),
    }),
    ...(orientation !== undefined && {
      orientation: word<MapOrientation>(orientationRow, orientation),
    }),
    ...(format === "float32" && {
      width: side(PARAMETERS["depth.map.width"], width),
      height: side(PARAMETERS["depth.map.height"], height),
    }),
  };
  return checks.passed("depth.map") ? (map as MapInput) : undefined;
}

function checkRawSize({ format, width, height }: MapRequest): void {
  if ((format === "float32") === (width !== undefined || height !== undefined)) return;
  const message =
    "depth.map.width and depth.map.height must be set for the format float32, and for no other";
  throw new DepthmeshError("PARAMETER_CONFLICT", message, {
    metadata: { field: "depth.map.width" },
  });
}

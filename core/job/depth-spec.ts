/** What a job says about its depth map, complete and checked. */
import {
  MAP_FORMATS,
  MAP_POLARITIES,
  type MapFormat,
  type MapInput,
  type MapPolarity,
} from "../depthmap/files/map-file.js";
import type { PostProcessing } from "../depthmap/post-processing.js";
import { InputError } from "../input-error.js";
import { checkParameter, PARAMETERS } from "./parameters.js";

export interface DepthSpec extends PostProcessing {
  /** Absent: the service decides. */
  readonly longSidePixels?: number;
  /** The caller sends a map, and nothing is estimated. */
  readonly map?: MapInput;
}

/** What a caller says: everything may be absent. */
export interface DepthRequest {
  readonly rangeLowPercent?: number | undefined;
  readonly rangeHighPercent?: number | undefined;
  readonly invert?: boolean | undefined;
  readonly edgeRefinement?: number | undefined;
  readonly fattenPixels?: number | undefined;
  readonly smoothingPixels?: number | undefined;
  readonly longSidePixels?: number | undefined;
  readonly map?: MapRequest | undefined;
}

export interface MapRequest {
  readonly format?: string | undefined;
  readonly polarity?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
}

/** Fill in the defaults and check the ranges. Throws InputError. */
export function resolveDepth(request: DepthRequest = {}): DepthSpec {
  const map = request.map && resolveMap(request.map);
  const { longSidePixels } = request;
  // A map that the caller has made is taken as it is, unless asked otherwise.
  const own = map
    ? { rangeLowPercent: 0, rangeHighPercent: 100, edgeRefinement: 0 }
    : { rangeLowPercent: undefined, rangeHighPercent: undefined, edgeRefinement: undefined };
  return {
    rangeLowPercent: resolve("rangeLowPercent", request.rangeLowPercent ?? own.rangeLowPercent),
    rangeHighPercent: resolve("rangeHighPercent", request.rangeHighPercent ?? own.rangeHighPercent),
    invert: request.invert ?? false,
    edgeRefinement: resolve("edgeRefinement", request.edgeRefinement ?? own.edgeRefinement),
    fattenPixels: resolve("fattenPixels", request.fattenPixels),
    smoothingPixels: resolve("smoothingPixels", request.smoothingPixels),
    ...(longSidePixels !== undefined && {
      longSidePixels: checkParameter(PARAMETERS.depthLongSidePixels, longSidePixels),
    }),
    ...(map && { map }),
  };
}

type DepthKey =
  | "rangeLowPercent"
  | "rangeHighPercent"
  | "edgeRefinement"
  | "fattenPixels"
  | "smoothingPixels";

function resolve(key: DepthKey, value: number | undefined): number {
  return checkParameter(PARAMETERS[key], value ?? PARAMETERS[key].defaultValue ?? Number.NaN);
}

function resolveMap({ format, polarity = "near-is-white", width, height }: MapRequest): MapInput {
  const isRaw = format === "float32";
  const isSized = width !== undefined || height !== undefined;
  if (isRaw !== isSized) {
    const message =
      "width and height belong to a depth map of raw float32 samples, and to no other";
    throw new InputError("PARAMETER_CONFLICT", message, { field: "depth.map.width" });
  }
  return {
    polarity: oneOf<MapPolarity>("depth.map.polarity", polarity, MAP_POLARITIES),
    ...(format !== undefined && {
      format: oneOf<MapFormat>("depth.map.format", format, MAP_FORMATS),
    }),
    ...(isRaw && { width: side("width", width), height: side("height", height) }),
  };
}

const MAX_SIDE_PIXELS = 32_767;

function side(name: "width" | "height", value = 0): number {
  if (Number.isInteger(value) && value >= 1 && value <= MAX_SIDE_PIXELS) return value;
  const field = `depth.map.${name}`;
  throw new InputError(
    "PARAMETER_OUT_OF_RANGE",
    `${field} is ${value}; it must be 1 to ${MAX_SIDE_PIXELS} pixels`,
    {
      field,
      actual: String(value),
      limit_minimum: "1",
      limit_maximum: String(MAX_SIDE_PIXELS),
    },
  );
}

function oneOf<T extends string>(field: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (found) return found;
  throw new InputError("PARAMETER_UNKNOWN", `${field} must be one of ${known.join(", ")}`, {
    field,
    actual: value.slice(0, 64),
    known: known.join(" "),
  });
}

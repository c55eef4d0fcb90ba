/** A caller's own depth map, as a specification announces it, between the public message and the form that core works with. */
import type { MapInput } from "../core/depthmap/files/map-file.js";
import type { MapRequest } from "../core/spec/request.js";
import type {
  DepthMapFormat,
  DepthMapInput,
  DepthMapPolarity,
} from "../proto/gen/depthmesh/v1/spec.js";
import { DEPTH_MAP_FORMAT_WORDS, DEPTH_MAP_POLARITY_WORDS } from "./spec-fields.js";

/** Throws PARAMETER_UNKNOWN for an enum value that this server does not know. */
export function fromWireMap({ format, polarity, width, height }: DepthMapInput): MapRequest {
  return {
    format: DEPTH_MAP_FORMAT_WORDS.word(format, "depth.map.format"),
    polarity: DEPTH_MAP_POLARITY_WORDS.word(polarity, "depth.map.polarity"),
    width,
    height,
  };
}

export function toWireMap({ format, polarity, width, height }: MapInput): DepthMapInput {
  return {
    format: DEPTH_MAP_FORMAT_WORDS.number(format, "depth.map.format") as DepthMapFormat,
    polarity: DEPTH_MAP_POLARITY_WORDS.number(polarity, "depth.map.polarity") as DepthMapPolarity,
    width,
    height,
  };
}

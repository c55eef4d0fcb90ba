/** Between the public messages about depth maps and what the rest works with. */

import type { MapFormat, MapInput, MapPolarity } from "../../core/depthmap/files/map-file.js";
import type { DepthRequest, DepthSpec } from "../../core/job/depth-spec.js";
import type { DepthOutput } from "../../core/job/stage-output.js";
import { DepthmeshError } from "../../kit/errors.js";
import type { JobRecord } from "../../kit/jobs/record.js";
import type { DepthReport } from "../../proto/gen/depthmesh/v1/job.js";
import {
  DepthMapFormat,
  type DepthMapInput,
  DepthMapPolarity,
  type DepthOptions,
} from "../../proto/gen/depthmesh/v1/spec.js";

const FORMATS: Readonly<Record<MapFormat, DepthMapFormat>> = {
  png: DepthMapFormat.DEPTH_MAP_FORMAT_PNG,
  exr: DepthMapFormat.DEPTH_MAP_FORMAT_EXR,
  pfm: DepthMapFormat.DEPTH_MAP_FORMAT_PFM,
  npy: DepthMapFormat.DEPTH_MAP_FORMAT_NPY,
  float32: DepthMapFormat.DEPTH_MAP_FORMAT_FLOAT32,
};
const POLARITIES: Readonly<Record<MapPolarity, DepthMapPolarity>> = {
  "near-is-white": DepthMapPolarity.DEPTH_MAP_POLARITY_NEAR_IS_WHITE,
  "far-is-white": DepthMapPolarity.DEPTH_MAP_POLARITY_FAR_IS_WHITE,
  distance: DepthMapPolarity.DEPTH_MAP_POLARITY_DISTANCE,
};

/** Throws PARAMETER_UNKNOWN for an enum value that this server does not know. */
export function fromWireDepth(wire: DepthOptions | undefined): DepthRequest | undefined {
  if (!wire) return undefined;
  const { map, ...numbers } = wire;
  return {
    ...numbers,
    map: map && {
      format: wordOf(FORMATS, map.format, "depth.map.format"),
      polarity: wordOf(POLARITIES, map.polarity, "depth.map.polarity"),
      width: map.width,
      height: map.height,
    },
  };
}

export function toWireDepth({ map, ...numbers }: DepthSpec): DepthOptions {
  return { longSidePixels: undefined, ...numbers, map: map && toWireMap(map) };
}

function toWireMap({ format, polarity, width, height }: MapInput): DepthMapInput {
  return {
    format: format ? FORMATS[format] : DepthMapFormat.DEPTH_MAP_FORMAT_UNSPECIFIED,
    polarity: POLARITIES[polarity],
    width,
    height,
  };
}

/** The word of an enum value; undefined for the unspecified one. */
function wordOf<T extends string>(
  words: Readonly<Record<T, number>>,
  value: number,
  field: string,
): T | undefined {
  if (value === 0) return undefined;
  for (const word of Object.keys(words) as T[]) {
    if (words[word] === value) return word;
  }
  throw new DepthmeshError("PARAMETER_UNKNOWN", `${field} has a value this server does not know`, {
    metadata: { field, actual: String(value) },
  });
}

/** Undefined until the depth stage has committed. */
export function toWireReport({ stages }: JobRecord): DepthReport | undefined {
  if (!stages.depth.done) return undefined;
  const { cacheHit, postProcessingVersion, notes } = stages.depth.output as unknown as DepthOutput;
  return { cacheHit, postProcessingVersion, notes: [...notes] };
}

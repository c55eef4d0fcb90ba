/** The options that send a depth map of the user's own beside the photo. */
import type { Command } from "commander";
import { MAP_POLARITIES, type MapPolarity } from "../core/depthmap/files/map-file.js";
import { DepthmeshError } from "../kit/errors.js";
import { DepthMapPolarity, DepthOptions, type JobSpec } from "../proto/gen/depthmesh/v1/spec.js";

export interface DepthMapOptions {
  readonly depthMap?: string;
  readonly polarity?: MapPolarity;
}

const POLARITIES: Readonly<Record<MapPolarity, DepthMapPolarity>> = {
  "near-is-white": DepthMapPolarity.DEPTH_MAP_POLARITY_NEAR_IS_WHITE,
  "far-is-white": DepthMapPolarity.DEPTH_MAP_POLARITY_FAR_IS_WHITE,
  distance: DepthMapPolarity.DEPTH_MAP_POLARITY_DISTANCE,
};

export function addDepthMapOptions(command: Command): Command {
  return command
    .option(
      "--depth-map <file>",
      "depth map to take instead of an estimate: PNG, OpenEXR, PFM or NumPy",
    )
    .option(
      "--polarity <word>",
      `what its values say: ${MAP_POLARITIES.join(", ")} (default ${MAP_POLARITIES[0]})`,
      parsePolarity,
    );
}

function parsePolarity(text: string): MapPolarity {
  const found = MAP_POLARITIES.find((polarity) => polarity === text);
  if (found) return found;
  throw new DepthmeshError(
    "PARAMETER_UNKNOWN",
    `--polarity is ${text}; it must be one of ${MAP_POLARITIES.join(", ")}`,
  );
}

/** Announce the map in the spec. Throws PARAMETER_CONFLICT for a polarity without a map. */
export function announceDepthMap(spec: JobSpec, { depthMap, polarity }: DepthMapOptions): void {
  if (depthMap === undefined) {
    if (polarity === undefined) return;
    throw new DepthmeshError("PARAMETER_CONFLICT", "--polarity belongs to --depth-map");
  }
  spec.depth = DepthOptions.fromPartial({
    ...spec.depth,
    map: { polarity: POLARITIES[polarity ?? "near-is-white"] },
  });
}

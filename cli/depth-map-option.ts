/** The options that send a depth map of the user's own beside the photo. */
import type { Command } from "commander";
import { DepthmeshError } from "../core/errors.js";
import { checkParameter } from "../core/spec/parameters/row.js";
import { PARAMETERS } from "../core/spec/parameters.js";
import {
  type DepthMapPolarity,
  DepthOptions,
  type JobSpec,
} from "../proto/gen/depthmesh/v1/spec.js";
import { DEPTH_MAP_POLARITY_WORDS } from "../wire/spec-fields.js";
import { helpOfRow } from "./parameter-option.js";

export interface DepthMapOptions {
  readonly depthMap?: string;
  readonly polarity?: string;
}

export function addDepthMapOptions(command: Command): Command {
  return command
    .option(
      "--depth-map <file>",
      "depth map to take instead of an estimate: PNG, OpenEXR, PFM or NumPy",
    )
    .option("--polarity <word>", helpOfRow(PARAMETERS["depth.map.polarity"]), (text: string) =>
      checkParameter(PARAMETERS["depth.map.polarity"], text),
    );
}

/** Announce the map in the spec. Throws PARAMETER_CONFLICT for a polarity without a map. */
export function announceDepthMap(spec: JobSpec, { depthMap, polarity }: DepthMapOptions): void {
  if (depthMap === undefined) {
    if (polarity === undefined) return;
    throw new DepthmeshError("PARAMETER_CONFLICT", "--polarity belongs to --depth-map");
  }
  const number = DEPTH_MAP_POLARITY_WORDS.number(polarity, "depth.map.polarity");
  spec.depth = DepthOptions.fromPartial({
    ...spec.depth,
    map: { polarity: number as DepthMapPolarity },
  });
}

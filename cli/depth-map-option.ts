/** The options that send your own depth map with the photo. */
import { extname } from "node:path";
import type { Command } from "commander";
import { DepthmeshError } from "../core/errors.js";
import { checkParameter } from "../core/spec/parameters/row.js";
import { PARAMETERS } from "../core/spec/parameters.js";
import {
  type DepthMapOrientation,
  type DepthMapPolarity,
  DepthOptions,
  type JobSpec,
} from "../proto/gen/depthmesh/v1/spec.js";
import { DEPTH_MAP_ORIENTATION_WORDS, DEPTH_MAP_POLARITY_WORDS } from "../wire/enums.js";
import { helpOfRow } from "./parameter-option.js";

export interface DepthMapOptions {
  readonly depthMap?: string;
  readonly polarity?: string;
  readonly depthOrientation?: string;
}

/** Adds the options that send your own depth map with the photo. */
export function addDepthMapOptions(command: Command): Command {
  return command
    .option(
      "--depth-map <file>",
      "use your own depth map instead of an estimate: PNG, JPEG, OpenEXR, PFM or NumPy",
    )
    .option(
      "--depth-orientation <word>",
      helpOfRow(PARAMETERS["depth.map.orientation"]),
      (text: string) => checkParameter(PARAMETERS["depth.map.orientation"], text),
    )
    .option("--polarity <word>", helpOfRow(PARAMETERS["depth.map.polarity"]), (text: string) =>
      checkParameter(PARAMETERS["depth.map.polarity"], text),
    );
}

/**
 * Says what the values of a map are taken for where they are probably something else: renderers
 * write distances into OpenEXR files. Undefined if there is nothing to say.
 */
export function polarityNote({ depthMap, polarity }: DepthMapOptions): string | undefined {
  if (depthMap === undefined || polarity !== undefined) return undefined;
  if (extname(depthMap).toLowerCase() !== ".exr") return undefined;
  return `note: large values of ${depthMap} are taken as near; if they are distances, as renderers write them, add --polarity distance`;
}

/**
 * Tells the server in the specification that a depth map follows. Throws PARAMETER_CONFLICT for
 * `--polarity` or `--depth-orientation` without `--depth-map`.
 */
export function announceDepthMap(
  spec: JobSpec,
  { depthMap, polarity, depthOrientation }: DepthMapOptions,
): void {
  if (depthMap === undefined) {
    if (polarity === undefined && depthOrientation === undefined) return;
    const option = polarity === undefined ? "--depth-orientation" : "--polarity";
    throw new DepthmeshError("PARAMETER_CONFLICT", `${option} needs --depth-map`);
  }
  const ofPolarity = DEPTH_MAP_POLARITY_WORDS.number(polarity, "depth.map.polarity");
  const ofOrientation = DEPTH_MAP_ORIENTATION_WORDS.number(
    depthOrientation,
    "depth.map.orientation",
  );
  spec.depth = DepthOptions.fromPartial({
    ...spec.depth,
    map: {
      polarity: ofPolarity as DepthMapPolarity,
      orientation: ofOrientation as DepthMapOrientation,
    },
  });
}

/**
 * Turns the specification that a caller requests into a complete one: fills in the defaults, and
 * checks every range and conflict.
 */

import { DepthmeshError } from "../errors.js";
import { clipFrames } from "../geometry/timing.js";
import type { Edges } from "../scene/edges.js";
import { movedValues } from "../scene/moved-values.js";
import type { Quality } from "../scene/quality.js";
import { Fields } from "./fields.js";
import { isInRange, outOfRange } from "./parameters/row.js";
import { isStateName, STATE_PARAMETERS } from "./parameters.js";
import type { SpecRequest } from "./request.js";
import { resolveCamera } from "./resolve-camera.js";
import { resolveClip } from "./resolve-clip.js";
import { resolveDepth } from "./resolve-depth.js";
import { resolveMotions } from "./resolve-motions.js";
import { resolveOutputs } from "./resolve-outputs.js";
import {
  checkStereoOpaque,
  checkVr180Outputs,
  resolveStereo,
  stereoClip,
} from "./resolve-stereo.js";
import type { CachePolicy, JobSpec } from "./spec.js";
import { webClip, webDefaults } from "./web-defaults.js";

/** Limits and models of the server. */
export interface SpecLimits {
  /** Names of the depth models; the first is the default. */
  readonly models: readonly string[];
  /** Most frames of a clip. */
  readonly maxFrames: number;
}

/**
 * Fills in the defaults and checks everything that does not depend on the photo. Throws, with the
 * field, the limit and the actual value: PARAMETER_OUT_OF_RANGE, PARAMETER_CONFLICT,
 * PARAMETER_UNKNOWN, PRESET_UNKNOWN or MODEL_UNKNOWN.
 */
export function resolveSpec(request: SpecRequest, limits: SpecLimits): JobSpec {
  const fields = new Fields(request.fields);
  const asked = resolveClip(fields, request.frameRate, limits.maxFrames);
  const web = webDefaults(fields, request);
  const cutsOut = asked.background === "none";
  const outputs = resolveOutputs(wantedOutputs(request), asked.frameRate, web, cutsOut);
  const stereo = resolveStereo(fields);
  const clip = { ...asked, ...stereoClip(stereo, web), ...webClip(web, outputs, request) };
  const frames = clipFrames(clip.durationSeconds, clip.frameRate);
  const quality = fields.optional<Quality>("quality");
  const spec: JobSpec = {
    model: resolveModel(request, limits.models),
    depth: resolveDepth(fields, request.depthMap),
    camera: resolveCamera(fields, request, frames, clip.durationSeconds),
    clip,
    stereo,
    values: fields.stateValues(),
    motions: resolveMotions(request.motions, frames),
    ...(quality && { quality }),
    edges: fields.word<Edges>("edges"),
    seed: fields.number("seed"),
    outputs,
    artifacts: [...new Set(request.artifacts)],
    stills: fields.section("stills"),
    priority: request.priority ?? "normal",
    degradePolicy: request.degradePolicy ?? "allow",
    cachePolicy: fields.word<CachePolicy>("cache_policy"),
  };
  checkStereoOpaque(spec);
  checkVr180Outputs(spec);
  checkMovedValues(spec, frames);
  return spec;
}

function resolveModel({ model: name, depthMap }: SpecRequest, models: readonly string[]): string {
  const model = name || models[0];
  if (depthMap && model !== models[0]) {
    throw new DepthmeshError(
      "PARAMETER_CONFLICT",
      "model and depth.map exclude each other: a depth map of your own needs no model",
      {
        metadata: {
          field: "model",
          conflicts_with: "depth.map",
        },
      },
    );
  }
  if (model !== undefined && models.includes(model)) return model;
  throw new DepthmeshError("MODEL_UNKNOWN", "there is no depth model of this name", {
    metadata: {
      field: "model",
      known: models.join(" "),
    },
  });
}

/** A request without outputs and artifacts gets one video. */
function wantedOutputs({ outputs, artifacts }: SpecRequest): SpecRequest["outputs"] {
  return outputs.length === 0 && artifacts.length === 0 ? [{}] : outputs;
}

/**
 * A moved parameter must stay in its range in every frame. Presets are clamped; for a caller's
 * motion this is an error.
 */
function checkMovedValues(spec: JobSpec, frames: number): void {
  if (spec.motions.length === 0) return;
  const columns = [...movedValues(spec, frames)].flatMap(([name, values]) => {
    const row = isStateName(name) ? STATE_PARAMETERS[name] : undefined;
    return row?.kind === "number" ? [{ name, row, values }] : [];
  });
  for (let frame = 0; frame < frames; frame++) {
    for (const { name, row, values } of columns) {
      const value = values[frame] ?? Number.NaN;
      if (isInRange(row, value)) continue;
      throw outOfRange(row, value, name, ` in frame ${frame} of ${frames}`);
    }
  }
}

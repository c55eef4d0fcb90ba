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
import { isInRange, type NumberRow, outOfRange } from "./parameters/row.js";
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
import { type Checks, Violations } from "./violations.js";
import { webClip, webDefaults } from "./web-defaults.js";

/** Limits and models of the server. */
export interface SpecLimits {
  /** Names of the depth models; the first is the default. */
  readonly models: readonly string[];
  /** Most frames of a clip. */
  readonly maxFrames: number;
}

/**
 * Fills in the defaults and checks everything that does not depend on the photo. Throws one error
 * with every field that is wrong, its limit and the actual value; its reason is that of the first:
 * PARAMETER_OUT_OF_RANGE, PARAMETER_CONFLICT, PARAMETER_UNKNOWN, PRESET_UNKNOWN or MODEL_UNKNOWN.
 */
export function resolveSpec(request: SpecRequest, limits: SpecLimits): JobSpec {
  const violations = new Violations();
  const spec = completeSpec(request, limits, violations);
  violations.throwIfAny();
  return spec;
}

/**
 * As `resolveSpec`, for callers that have more to check. A field that is refused has its default in
 * the result, and an entry of a list is missing: only a spec without violations may be used.
 */
export function completeSpec(request: SpecRequest, limits: SpecLimits, checks: Checks): JobSpec {
  const fields = new Fields(request.fields, checks);
  const asked = resolveClip(fields, request.frameRate, limits.maxFrames, checks);
  const web = webDefaults(fields, request);
  const cutsOut = asked.background === "none";
  const outputs = resolveOutputs(wantedOutputs(request), asked.frameRate, web, cutsOut, checks);
  const stereo = resolveStereo(fields, checks);
  const clip = { ...asked, ...stereoClip(stereo, web), ...webClip(web, outputs, request) };
  const frames = clipFrames(clip.durationSeconds, clip.frameRate);
  const quality = fields.optional<Quality>("quality");
  const spec: JobSpec = {
    model: checks.check(() => resolveModel(request, limits.models)) ?? "",
    depth: resolveDepth(fields, request.depthMap, checks),
    camera: resolveCamera(fields, request, frames, clip.durationSeconds, checks),
    clip,
    stereo,
    values: fields.stateValues(),
    motions: resolveMotions(request.motions, frames, checks),
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
  checks.check(() => checkStereoOpaque(spec));
  checks.check(() => checkVr180Outputs(spec));
  // The values of the frames follow from everything else.
  if (checks.passed()) checkMovedValues(spec, frames, checks);
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
function checkMovedValues(spec: JobSpec, frames: number, checks: Checks): void {
  if (spec.motions.length === 0) return;
  for (const [name, values] of movedValues(spec, frames)) {
    const row = isStateName(name) ? STATE_PARAMETERS[name] : undefined;
    if (row?.kind === "number") checks.check(() => checkFrameValues(row, values, frames));
  }
}

function checkFrameValues(row: NumberRow, values: ArrayLike<number>, frames: number): void {
  for (let frame = 0; frame < frames; frame++) {
    const value = values[frame] ?? Number.NaN;
    if (isInRange(row, value)) continue;
    throw outOfRange(row, value, row.name, ` in frame ${frame} of ${frames}`);
  }
}

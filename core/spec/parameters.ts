/**
 * The table of all parameters of a job: name, unit, range, default and meaning. Validation, the
 * catalog, the command's help and the docs are derived from it. A name is the path of the field in
 * the JobSpec message.
 */
import { CAMERA_PARAMETERS, PATH_PARAMETERS } from "./parameters/camera.js";
import { CLIP_PARAMETERS, REUSE_PARAMETERS, STILL_PARAMETERS } from "./parameters/clip.js";
import { DEPTH_MAP_PARAMETERS, DEPTH_PARAMETERS } from "./parameters/depth.js";
import { EFFECT_PARAMETERS } from "./parameters/effects.js";
import { OUTPUT_PARAMETERS } from "./parameters/outputs.js";
import type { ParameterRow } from "./parameters/row.js";
import { STEREO_PARAMETERS } from "./parameters/stereo.js";
import { STRUCTURED_PARAMETERS } from "./parameters/structured.js";

/** Parameters of a frame's state. */
export const STATE_PARAMETERS = { ...CAMERA_PARAMETERS, ...EFFECT_PARAMETERS };

/** Parameters with one field of a JobSpec each: those that `--set` takes. */
export const FIELD_PARAMETERS = {
  ...PATH_PARAMETERS,
  ...STATE_PARAMETERS,
  ...CLIP_PARAMETERS,
  ...STEREO_PARAMETERS,
  ...STILL_PARAMETERS,
  ...DEPTH_PARAMETERS,
  ...REUSE_PARAMETERS,
};

export const PARAMETERS = {
  ...FIELD_PARAMETERS,
  ...DEPTH_MAP_PARAMETERS,
  ...OUTPUT_PARAMETERS,
  ...STRUCTURED_PARAMETERS,
};

export type StateName = keyof typeof STATE_PARAMETERS;
export type FieldName = keyof typeof FIELD_PARAMETERS;
export type ParameterName = keyof typeof PARAMETERS;

export const STATE_NAMES = Object.keys(STATE_PARAMETERS) as readonly StateName[];
export const FIELD_NAMES = Object.keys(FIELD_PARAMETERS) as readonly FieldName[];

export function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(FIELD_PARAMETERS, name);
}

/** The row of this name, if there is one. */
export function findParameter(name: string): ParameterRow | undefined {
  return isParameterName(name) ? PARAMETERS[name] : undefined;
}

function isParameterName(name: string): name is ParameterName {
  return Object.hasOwn(PARAMETERS, name);
}

export function isStateName(name: string): name is StateName {
  return Object.hasOwn(STATE_PARAMETERS, name);
}

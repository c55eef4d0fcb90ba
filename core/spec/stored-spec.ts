/**
 * Writes and reads the specification of a job in the blob store: JSON with a version. Reading
 * checks the structure and upgrades specifications of earlier versions.
 */
import { MAP_FORMATS, MAP_POLARITIES, type MapInput } from "../depthmap/files/map-file.js";
import { MAP_ORIENTATIONS } from "../depthmap/orient.js";
import { DepthmeshError } from "../errors.js";
import { CODEC_NAMES, PIXEL_FORMATS } from "../output/codecs.js";
import { CONTAINER_NAMES } from "../output/containers.js";
import { ACCELERATIONS, type OutputSpec } from "../output/spec.js";
import { EDGES } from "../scene/edges.js";
import type { StateValues } from "../scene/frame-state.js";
import { LIMIT_MODES } from "../scene/limits/camera-limits.js";
import { LOOP_MODES } from "../scene/loop.js";
import type { Motion } from "../scene/motion.js";
import { type Component, EASINGS, type Keyframe, WAVE_KINDS, type Wave } from "../scene/motion.js";
import { PRESET_NAMES } from "../scene/presets.js";
import { MONO, type StereoSpec } from "../scene/stereo/layout.js";
import { SOUND_FORMATS } from "../sound/format.js";
import { type SpecSection, sectionParameters } from "./fields.js";
import {
  type Check,
  damaged,
  type FieldChecks,
  fields,
  flag,
  list,
  number,
  object,
  oneOf,
  optional,
  text,
  withDefault,
} from "./json-checks.js";
import { OUTPUT_PARAMETERS } from "./parameters/outputs.js";
import type { ParameterRow, ParameterValue } from "./parameters/row.js";
import { keysOf } from "./parameters/row.js";
import { STATE_NAMES, STATE_PARAMETERS } from "./parameters.js";
import {
  ARTIFACT_KINDS,
  type CameraSpec,
  type ClipSpec,
  DEGRADE_POLICIES,
  type DepthSpec,
  type JobSpec,
  PRIORITIES,
  type SoundSpec,
  type StillSpec,
} from "./spec.js";

type Stored = Readonly<Record<string, unknown>>;

/**
 * The version that `writeSpec` writes. A specification without a version has version 1. A new
 * parameter needs no new version, because a specification that was stored without it gets its
 * default. Raise the version if a field changes its name or meaning, and add the upgrade from the
 * version before to `UPGRADES`.
 */
export const SPEC_VERSION = 1;

/** The function at index i upgrades version i + 1 to version i + 2. */
const UPGRADES: readonly ((stored: Stored) => Stored)[] = [];

/** The specification as JSON in UTF-8. */
export function writeSpec(spec: JobSpec): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: SPEC_VERSION, ...spec }));
}

/**
 * Reads a stored specification. Ranges are not checked, because CreateJob checked them and they may
 * have changed since. Throws INTERNAL for a specification that is damaged or has a later version.
 */
export function readSpec(bytes: Uint8Array): JobSpec {
  const { version = 1, ...stored } = object(parsed(bytes), "the specification");
  const from = number(version, "version");
  if (!Number.isInteger(from) || from < 1) throw damaged("version", "a positive integer");
  if (from > SPEC_VERSION) {
    const message = `the job's specification has version ${from}; this server reads versions up to ${SPEC_VERSION}`;
    throw new DepthmeshError("INTERNAL", message);
  }
  const current = UPGRADES.slice(from - 1).reduce<Stored>((spec, upgrade) => upgrade(spec), stored);
  return SPEC(current, "");
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DepthmeshError("INTERNAL", "a stored specification is not JSON", { cause });
  }
}

/** Checks the kind of a parameter's value, and that a word is one of the choices. */
function valueCheck(row: ParameterRow): Check<ParameterValue> {
  if (row.kind === "number") return number;
  return row.kind === "flag" ? flag : oneOf(row.choices);
}

/**
 * Checks the parameters of one part. An absent parameter gets its default, or stays absent if it
 * has none.
 */
function section<T>(name: SpecSection): FieldChecks<T> {
  const checks = sectionParameters(name).map(([key, row]) => {
    const { defaultValue } = row;
    const check = valueCheck(row);
    return [key, defaultValue === undefined ? optional(check) : withDefault(check, defaultValue)];
  });
  return Object.fromEntries(checks);
}

const OUTPUT_OPTIONS = Object.fromEntries(
  Object.values<ParameterRow>(OUTPUT_PARAMETERS).map((row) => [
    keysOf(row.name).at(-1),
    optional(valueCheck(row)),
  ]),
) as FieldChecks<Partial<OutputSpec>>;

const OUTPUT = fields<OutputSpec>({
  ...OUTPUT_OPTIONS,
  name: text,
  container: oneOf(CONTAINER_NAMES),
  codec: oneOf(CODEC_NAMES),
  pixelFormat: oneOf(PIXEL_FORMATS),
  repeat: withDefault(number, 1),
  acceleration: withDefault(oneOf(ACCELERATIONS), "auto"),
});

const WAVE = fields<Wave>({
  kind: oneOf(WAVE_KINDS),
  amplitude: number,
  bias: number,
  cycles: number,
  phaseTurns: number,
  reverse: flag,
});
const SET = fields({ kind: oneOf<"set">(["set"]), bias: number });
const ADD = fields({ kind: oneOf<"add">(["add"]), bias: number });
const COMPONENT: Check<Component> = (value, at) => {
  const { kind } = object(value, at);
  if (kind === "set") return SET(value, at);
  return kind === "add" ? ADD(value, at) : WAVE(value, at);
};
const KEYFRAME = fields<Keyframe>({ tau: number, value: number, easing: oneOf(EASINGS) });

const parameter = oneOf(STATE_NAMES);
const MOTIONS: { readonly [K in Motion["kind"]]: Check<Motion> } = {
  components: fields({ parameter, kind: oneOf(["components"]), components: list(COMPONENT) }),
  keyframes: fields({ parameter, kind: oneOf(["keyframes"]), keyframes: list(KEYFRAME) }),
  values: fields({ parameter, kind: oneOf(["values"]), values: list(number) }),
};
const MOTION_KIND = oneOf(["components", "keyframes", "values"]);
const MOTION: Check<Motion> = (value, at) =>
  MOTIONS[MOTION_KIND(object(value, at).kind, `${at}.kind`)](value, at);

const VALUES: Check<StateValues> = (value, at) => {
  for (const [name, given] of Object.entries(object(value, at))) {
    const row = STATE_PARAMETERS[parameter(name, `a name in ${at}`)];
    valueCheck(row)(given, `${at}.${name}`);
  }
  return value as StateValues;
};

const SPEC = fields<JobSpec>({
  ...section<Pick<JobSpec, "quality" | "edges" | "seed" | "cachePolicy">>(""),
  // Its depth map was made to be stretched, before there was another way.
  edges: withDefault(oneOf(EDGES), "stretch"),
  model: text,
  depth: fields<DepthSpec>({
    ...section<Omit<DepthSpec, "map">>("depth"),
    map: optional(
      fields<MapInput>({
        format: optional(oneOf(MAP_FORMATS)),
        polarity: oneOf(MAP_POLARITIES),
        width: optional(number),
        height: optional(number),
        orientation: optional(oneOf(MAP_ORIENTATIONS)),
      }),
    ),
  }),
  camera: fields<CameraSpec>({
    ...section<Omit<CameraSpec, "preset" | "loop" | "limit">>("camera"),
    preset: oneOf(PRESET_NAMES),
    loop: oneOf(LOOP_MODES),
    // Specifications of before the limits were drawn at their full strength.
    limit: withDefault(oneOf(LIMIT_MODES), "none"),
  }),
  clip: fields<ClipSpec>({
    ...section<Omit<ClipSpec, "frameRate">>("clip"),
    frameRate: fields({ numerator: number, denominator: number }),
  }),
  stereo: withDefault(fields<StereoSpec>(section("stereo")), MONO),
  stills: fields<StillSpec>(section("stills")),
  values: VALUES,
  motions: list(MOTION),
  outputs: list(OUTPUT),
  artifacts: list(oneOf(ARTIFACT_KINDS)),
  priority: oneOf(PRIORITIES),
  degradePolicy: oneOf(DEGRADE_POLICIES),
  sound: optional(fields<SoundSpec>({ sha256: text, format: oneOf(SOUND_FORMATS) })),
});

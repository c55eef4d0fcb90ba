/**
 * Converts a job's specification: the checked form to its message, and a message to the request
 * that core then checks.
 */

import type { MapInput } from "../core/depthmap/files/map-file.js";
import type { SpecBrief } from "../core/spec/brief.js";
import { givenFields } from "../core/spec/fields.js";
import { keysOf } from "../core/spec/parameters/row.js";
import { FIELD_NAMES } from "../core/spec/parameters.js";
import type { MapRequest, SpecRequest } from "../core/spec/request.js";
import { checkMotionLengths } from "../core/spec/resolve-motions.js";
import { checkOutputCount } from "../core/spec/resolve-outputs.js";
import type { JobSpec } from "../core/spec/spec.js";
import { type Checks, FIRST_ONLY } from "../core/spec/violations.js";
import {
  type DeepPartial,
  type DepthMapInput,
  JobSpec as WireSpec,
} from "../proto/gen/depthmesh/v1/spec.js";
import {
  ARTIFACT_KIND_WORDS,
  BACKGROUND_WORDS,
  CACHE_POLICY_WORDS,
  CAMERA_LIMIT_WORDS,
  CODEC_WORDS,
  CONTAINER_WORDS,
  DEGRADE_POLICY_WORDS,
  DEPTH_MAP_FORMAT_WORDS,
  DEPTH_MAP_ORIENTATION_WORDS,
  DEPTH_MAP_POLARITY_WORDS,
  EDGES_WORDS,
  type EnumWords,
  FIT_MODE_WORDS,
  LOOP_MODE_WORDS,
  POSTER_FORMAT_WORDS,
  PRIORITY_WORDS,
  QUALITY_WORDS,
  STEREO_LAYOUT_WORDS,
  TRANSPARENCY_WORDS,
} from "./enums.js";
import { fromWireMotion, lengthsOf, toWireMotion } from "./motion.js";
import { fromWireOutput, toWireOutput } from "./output.js";

export function toWireSpec(spec: JobSpec): WireSpec {
  const { map } = spec.depth;
  const wire: DeepPartial<WireSpec> = {
    model: spec.model,
    depth: { map: map && toWireMap(map) },
    camera: { preset: spec.camera.preset },
    clip: { frameRate: spec.clip.frameRate },
    outputs: spec.outputs.map(toWireOutput),
    artifacts: spec.artifacts.map((kind) => ARTIFACT_KIND_WORDS.number(kind, "artifacts")),
    priority: PRIORITY_WORDS.number(spec.priority, "priority"),
    degradePolicy: DEGRADE_POLICY_WORDS.number(spec.degradePolicy, "degrade_policy"),
    motions: spec.motions.map(toWireMotion),
  };
  for (const [name, value] of Object.entries(givenFields(spec))) writeField(wire, name, value);
  return WireSpec.fromPartial(wire);
}

export function toWireBrief(brief: SpecBrief): WireSpec {
  const { model, preset, clip, outputs, artifacts, priority } = brief;
  return WireSpec.fromPartial({
    model,
    camera: { preset },
    clip: {
      ...clip,
      fit: FIT_MODE_WORDS.number(clip.fit, "clip.fit"),
      background: BACKGROUND_WORDS.number(clip.background, "clip.background"),
    },
    outputs: outputs.map(({ container, codec }) => ({
      container: CONTAINER_WORDS.number(container, "outputs.container"),
      codec: CODEC_WORDS.number(codec, "outputs.codec"),
    })),
    artifacts: artifacts.map((kind) => ARTIFACT_KIND_WORDS.number(kind, "artifacts")),
    priority: PRIORITY_WORDS.number(priority, "priority"),
  });
}

/**
 * A request as bytes that are equal for requests for the same result, in all versions of the
 * protocol: a field that the caller did not set has no bytes. Priority and cache policy decide when
 * and how a result is made, not which one.
 */
export function canonicalRequest(wire: WireSpec): Uint8Array {
  const { priority: _priority, cachePolicy: _cachePolicy, ...deciding } = wire;
  return WireSpec.encode(WireSpec.fromPartial(deciding)).finish();
}

/**
 * The caller's request, unchecked except for the lengths of its lists. Refuses those with
 * PARAMETER_OUT_OF_RANGE, and with PARAMETER_UNKNOWN an enum value that this version does not know;
 * it is then as if it were not set.
 */
export function fromWireSpec(wire: WireSpec, checks: Checks = FIRST_ONLY): SpecRequest {
  // First, because the entries of lists cost more than anything else.
  checks.check(() => checkOutputCount(wire.outputs.length));
  checkMotionLengths(wire.motions.map(lengthsOf), checks);
  const [outputs, motions] = [
    checks.passed("outputs") ? wire.outputs : [],
    checks.passed("motions") ? wire.motions : [],
  ];
  const rate = wire.clip?.frameRate;
  const map = wire.depth?.map;
  return {
    model: wire.model,
    depthMap: map && fromWireMap(map, checks),
    preset: wire.camera?.preset,
    frameRate: rate && { numerator: rate.numerator, denominator: rate.denominator || 1 },
    fields: fromWireFields(wire, checks),
    motions: motions.map((motion, i) => fromWireMotion(motion, i, checks)),
    outputs: outputs.map((output, i) => fromWireOutput(output, checks.within("outputs", i))),
    artifacts: wire.artifacts.flatMap((kind, i) => {
      const entry = checks.within("artifacts", i);
      return entry.check(() => ARTIFACT_KIND_WORDS.required(kind, "artifacts")) ?? [];
    }),
    priority: checks.check(() => PRIORITY_WORDS.word(wire.priority, "priority")),
    degradePolicy: checks.check(() =>
      DEGRADE_POLICY_WORDS.word(wire.degradePolicy, "degrade_policy"),
    ),
  };
}

/**
 * The parameters that have a field each, where the field is set. Refuses as `fromWireSpec` does.
 */
export function fromWireFields(wire: WireSpec, checks: Checks = FIRST_ONLY): SpecRequest["fields"] {
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => {
      const value = checks.check(() => readField(wire, name));
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Refuses an enum value that this version does not know, with PARAMETER_UNKNOWN. */
function fromWireMap(
  { format, polarity, width, height, orientation }: DepthMapInput,
  checks: Checks,
): MapRequest {
  const word = <T extends string>(words: EnumWords<T>, value: number, field: string) =>
    checks.check(() => words.word(value, field));
  return {
    format: word(DEPTH_MAP_FORMAT_WORDS, format, "depth.map.format"),
    polarity: word(DEPTH_MAP_POLARITY_WORDS, polarity, "depth.map.polarity"),
    orientation: word(DEPTH_MAP_ORIENTATION_WORDS, orientation, "depth.map.orientation"),
    width,
    height,
  };
}

function toWireMap({ format, polarity, width, height, orientation }: MapInput): DepthMapInput {
  return {
    format: DEPTH_MAP_FORMAT_WORDS.number(format, "depth.map.format"),
    polarity: DEPTH_MAP_POLARITY_WORDS.number(polarity, "depth.map.polarity"),
    orientation: DEPTH_MAP_ORIENTATION_WORDS.number(orientation, "depth.map.orientation"),
    width,
    height,
  };
}

export type FieldValue = number | boolean | string;

/** The fields whose value is an enum. */
const ENUMS: ReadonlyMap<string, EnumWords> = new Map<string, EnumWords>([
  ["cache_policy", CACHE_POLICY_WORDS],
  ["camera.limit", CAMERA_LIMIT_WORDS],
  ["camera.loop", LOOP_MODE_WORDS],
  ["clip.background", BACKGROUND_WORDS],
  ["clip.fit", FIT_MODE_WORDS],
  ["edges", EDGES_WORDS],
  ["quality", QUALITY_WORDS],
  ["stereo.layout", STEREO_LAYOUT_WORDS],
  ["stills.poster_format", POSTER_FORMAT_WORDS],
  ["stills.poster_transparency", TRANSPARENCY_WORDS],
]);

type Tree = { [key: string]: unknown };

/**
 * The value of a field by its path in the protocol, such as `camera.offset.x`; the word, where the
 * field is an enum. Undefined where the field is not set. Throws PARAMETER_UNKNOWN for an enum
 * value of a later version.
 */
export function readField(spec: WireSpec, path: string): FieldValue | undefined {
  let node: unknown = spec;
  for (const key of keysOf(path)) node = isTree(node) ? node[key] : undefined;
  if (typeof node === "number") {
    const words = ENUMS.get(path);
    return words ? words.word(node, path) : node;
  }
  return typeof node === "boolean" || typeof node === "string" ? node : undefined;
}

/**
 * Sets the field at a path, and makes the messages that contain it. Throws PARAMETER_UNKNOWN for a
 * word that its enum does not have.
 */
export function writeField(spec: DeepPartial<WireSpec>, path: string, value: FieldValue): void {
  const keys = [...keysOf(path)];
  const last = keys.pop() ?? "";
  let node = spec as Tree;
  for (const key of keys) {
    const inner = node[key];
    const message = isTree(inner) ? inner : {};
    node[key] = message;
    node = message;
  }
  const words = ENUMS.get(path);
  node[last] = words ? words.number(String(value), path) : value;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}

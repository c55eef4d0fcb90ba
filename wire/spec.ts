/** A job's specification between the public message and its checked form. */

import { DepthmeshError } from "../core/errors.js";
import { FIELD_NAMES, type FieldName } from "../core/spec/parameters.js";
import type { SpecRequest } from "../core/spec/request.js";
import type { ArtifactKind, DegradePolicy, JobSpec } from "../core/spec/spec.js";
import { DegradePolicy as WireDegradePolicy } from "../proto/gen/depthmesh/v1/model.js";
import {
  type DeepPartial,
  Priority,
  ArtifactKind as WireArtifact,
  JobSpec as WireSpec,
} from "../proto/gen/depthmesh/v1/spec.js";
import { fromWireMap, toWireMap } from "./depth-map.js";
import { fromWireMotion, toWireMotion } from "./motion.js";
import { fromWireOutput, toWireOutput } from "./output.js";
import { type FieldValue, readField, writeField } from "./spec-fields.js";

const ARTIFACT_KINDS = {
  depth: WireArtifact.ARTIFACT_KIND_DEPTH,
  poster: WireArtifact.ARTIFACT_KIND_POSTER,
  strip: WireArtifact.ARTIFACT_KIND_STILL_STRIP,
} as const satisfies Record<ArtifactKind, WireArtifact>;
const PRIORITIES = {
  low: Priority.PRIORITY_LOW,
  normal: Priority.PRIORITY_NORMAL,
  high: Priority.PRIORITY_HIGH,
} as const;
const DEGRADE_POLICIES = {
  allow: WireDegradePolicy.DEGRADE_POLICY_ALLOW,
  forbid: WireDegradePolicy.DEGRADE_POLICY_FORBID,
} as const satisfies Record<DegradePolicy, WireDegradePolicy>;

export function toWireSpec(spec: JobSpec): WireSpec {
  const { map } = spec.depth;
  const wire: DeepPartial<WireSpec> = {
    model: spec.model,
    depth: { map: map && toWireMap(map) },
    camera: { preset: spec.camera.preset },
    clip: { frameRate: spec.clip.frameRate },
    outputs: spec.outputs.map(toWireOutput),
    artifacts: spec.artifacts.map((kind) => ARTIFACT_KINDS[kind]),
    priority: PRIORITIES[spec.priority],
    degradePolicy: DEGRADE_POLICIES[spec.degradePolicy],
    motions: spec.motions.map(toWireMotion),
  };
  for (const [name, value] of Object.entries({ ...pathFields(spec), ...spec.values })) {
    if (value !== undefined) writeField(wire, name, value);
  }
  return WireSpec.fromPartial(wire);
}

/** What of a checked specification has a name of its own, by the path of the field. */
function pathFields(spec: JobSpec): Partial<Record<FieldName, FieldValue | undefined>> {
  const { camera, clip, depth } = spec;
  return {
    "camera.intensity": camera.intensity,
    "camera.phase": camera.phaseTurns,
    "camera.loop": camera.loop,
    "camera.hold_start_seconds": camera.holdStartSeconds,
    "camera.hold_end_seconds": camera.holdEndSeconds,
    "clip.duration_seconds": clip.durationSeconds,
    "clip.width": clip.width,
    "clip.height": clip.height,
    "clip.longest_side": clip.longestSide,
    "clip.fit": clip.fit,
    "clip.ssaa": clip.ssaa,
    quality: spec.quality,
    seed: spec.seed,
    cache_policy: spec.cachePolicy,
    "stills.poster_tau": spec.stills.posterTau,
    "stills.strip_count": spec.stills.stripCount,
    "depth.range_low_percent": depth.rangeLowPercent,
    "depth.range_high_percent": depth.rangeHighPercent,
    "depth.invert": depth.invert,
    "depth.edge_refinement": depth.edgeRefinement,
    "depth.fatten_pixels": depth.fattenPixels,
    "depth.smoothing_pixels": depth.smoothingPixels,
    "depth.long_side_pixels": depth.longSidePixels,
  };
}

/** What the caller asked for. Throws PARAMETER_UNKNOWN for an enum value that this server does not know. */
export function fromWireSpec(wire: WireSpec): SpecRequest {
  const rate = wire.clip?.frameRate;
  const map = wire.depth?.map;
  return {
    model: wire.model,
    depthMap: map && fromWireMap(map),
    preset: wire.camera?.preset,
    frameRate: rate && { numerator: rate.numerator, denominator: rate.denominator || 1 },
    fields: fromWireFields(wire),
    motions: wire.motions.map(fromWireMotion),
    outputs: wire.outputs.map(fromWireOutput),
    artifacts: wire.artifacts.map(fromWireArtifact),
    priority: fromWirePriority(wire.priority),
    degradePolicy: fromWireDegradePolicy(wire.degradePolicy),
  };
}

/** The parameters that are a field each, as far as they were said. Throws PARAMETER_UNKNOWN as above. */
export function fromWireFields(wire: WireSpec): SpecRequest["fields"] {
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => {
      const value = readField(wire, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function fromWireArtifact(kind: WireArtifact): ArtifactKind {
  const found = Object.entries(ARTIFACT_KINDS).find(([, wire]) => wire === kind);
  oneOf("artifacts", kind, Object.values(ARTIFACT_KINDS));
  return found?.[0] as ArtifactKind;
}

function fromWirePriority(priority: Priority): SpecRequest["priority"] {
  oneOf("priority", priority, [0, 1, 2, 3]);
  const found = Object.entries(PRIORITIES).find(([, wire]) => wire === priority);
  return found?.[0] as SpecRequest["priority"];
}

/** Throws PARAMETER_UNKNOWN for a value that this server does not know. */
export function fromWireDegradePolicy(policy: WireDegradePolicy): DegradePolicy | undefined {
  oneOf("degrade_policy", policy, [0, 1, 2]);
  const found = Object.entries(DEGRADE_POLICIES).find(([, wire]) => wire === policy);
  return found?.[0] as DegradePolicy | undefined;
}

function oneOf(field: string, value: number, known: readonly number[]): void {
  if (known.includes(value)) return;
  throw new DepthmeshError("PARAMETER_UNKNOWN", `${field} has a value this server does not know`, {
    metadata: { field, actual: String(value) },
  });
}

/** A job's specification between the public message and its checked form. */
import { FIELD_NAMES, type FieldName } from "../../core/job/parameters.js";
import type { SpecRequest } from "../../core/job/request.js";
import type { ArtifactKind, JobSpec } from "../../core/job/spec.js";
import { DepthmeshError } from "../../kit/errors.js";
import { type FieldValue, readField, writeField } from "../../kit/rpc/spec-fields.js";
import {
  type DeepPartial,
  Priority,
  ArtifactKind as WireArtifact,
  JobSpec as WireSpec,
} from "../../proto/gen/depthmesh/v1/spec.js";
import { fromWireMotion, toWireMotion } from "./motion.js";
import { fromWireOutput, toWireOutput } from "./output.js";

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

export function toWireSpec(spec: JobSpec): WireSpec {
  const wire: DeepPartial<WireSpec> = {
    model: spec.model,
    camera: { preset: spec.camera.preset },
    clip: { frameRate: spec.clip.frameRate },
    outputs: spec.outputs.map(toWireOutput),
    artifacts: spec.artifacts.map((kind) => ARTIFACT_KINDS[kind]),
    priority: PRIORITIES[spec.priority],
    motions: spec.motions.map(toWireMotion),
  };
  for (const [name, value] of Object.entries({ ...pathFields(spec), ...spec.values })) {
    if (value !== undefined) writeField(wire, name, value);
  }
  return WireSpec.fromPartial(wire);
}

/** What of a checked specification has a name of its own, by the path of the field. */
function pathFields(spec: JobSpec): Partial<Record<FieldName, FieldValue | undefined>> {
  const { camera, clip } = spec;
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
    "stills.poster_tau": spec.stills.posterTau,
    "stills.strip_count": spec.stills.stripCount,
  };
}

/** What the caller asked for. Throws PARAMETER_UNKNOWN for an enum value that this server does not know. */
export function fromWireSpec(wire: WireSpec): SpecRequest {
  const rate = wire.clip?.frameRate;
  return {
    model: wire.model,
    preset: wire.camera?.preset,
    frameRate: rate && { numerator: rate.numerator, denominator: rate.denominator || 1 },
    fields: Object.fromEntries(
      FIELD_NAMES.flatMap((name) => {
        const value = readField(wire, name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    motions: wire.motions.map(fromWireMotion),
    outputs: wire.outputs.map(fromWireOutput),
    artifacts: wire.artifacts.map(fromWireArtifact),
    priority: fromWirePriority(wire.priority),
  };
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

function oneOf(field: string, value: number, known: readonly number[]): void {
  if (known.includes(value)) return;
  throw new DepthmeshError("PARAMETER_UNKNOWN", `${field} has a value this server does not know`, {
    metadata: { field, actual: String(value) },
  });
}

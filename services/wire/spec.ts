/** Between the public JobSpec message and the spec: gateway and render both read it. */
import type { ArtifactKind, JobSpec, SpecRequest } from "../../core/job/spec.js";
import { DepthmeshError } from "../../kit/errors.js";
import {
  Codec,
  Container,
  Priority,
  ArtifactKind as WireArtifact,
  type JobSpec as WireSpec,
} from "../../proto/gen/depthmesh/v1/spec.js";

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

/** The spec with every default filled in. */
export function toWireSpec(spec: JobSpec): WireSpec {
  const { preset, intensity, phaseTurns } = spec.camera;
  return {
    model: spec.model,
    camera: { preset, intensity, phase: phaseTurns },
    clip: spec.clip,
    outputs: spec.outputs.map(({ crf }) => ({
      container: Container.CONTAINER_MP4,
      codec: Codec.CODEC_H264,
      crf,
    })),
    artifacts: spec.artifacts.map((kind) => ARTIFACT_KINDS[kind]),
    stills: spec.stills,
    priority: PRIORITIES[spec.priority],
  };
}

/** What the caller asked for. Throws PARAMETER_UNKNOWN for a field or an enum value that this server does not know. */
export function fromWireSpec(wire: WireSpec): SpecRequest {
  const { camera, clip } = wire;
  const rate = clip?.frameRate;
  return {
    model: wire.model,
    preset: camera?.preset,
    intensity: camera?.intensity,
    phase: camera?.phase,
    durationSeconds: clip?.durationSeconds,
    frameRate: rate && { ...rate, denominator: rate.denominator || 1 },
    width: clip?.width,
    height: clip?.height,
    outputs: wire.outputs.map((output) => {
      oneOf("outputs.container", output.container, [0, Container.CONTAINER_MP4]);
      oneOf("outputs.codec", output.codec, [0, Codec.CODEC_H264]);
      return { crf: output.crf };
    }),
    artifacts: wire.artifacts.map(fromWireArtifact),
    posterTau: wire.stills?.posterTau,
    stripCount: wire.stills?.stripCount,
    priority: fromWirePriority(wire.priority),
  };
}

function fromWireArtifact(kind: WireArtifact): ArtifactKind {
  const known = Object.entries(ARTIFACT_KINDS) as [ArtifactKind, WireArtifact][];
  oneOf(
    "artifacts",
    kind,
    known.map(([, wire]) => wire),
  );
  return known.find(([, wire]) => wire === kind)?.[0] ?? "depth";
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

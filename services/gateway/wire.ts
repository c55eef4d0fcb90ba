/** Between the public messages and what the rest of the gateway works with. */
import type { JobSpec, SpecRequest } from "../../core/job/spec.js";
import type { DepthOutput } from "../../core/job/stage-output.js";
import { DepthmeshError, isReason } from "../../kit/errors.js";
import { isId } from "../../kit/jobs/id.js";
import type { ArtifactRecord, JobError, JobRecord, JobState } from "../../kit/jobs/record.js";
import { jobNotFound } from "../../kit/jobs/store.js";
import { toRpcStatus } from "../../kit/rpc/status.js";
import {
  type Artifact,
  type Job,
  JobState as WireState,
} from "../../proto/gen/depthmesh/v1/job.js";
import { DegradePolicy } from "../../proto/gen/depthmesh/v1/model.js";
import {
  ArtifactKind,
  Codec,
  Container,
  Priority,
  type JobSpec as WireSpec,
} from "../../proto/gen/depthmesh/v1/spec.js";
import type { Status } from "../../proto/gen/google/rpc/status.js";
import { fromWireDepth, toWireDepth, toWireReport } from "./depth-wire.js";

const STATES: Readonly<Record<JobState, WireState>> = {
  QUEUED: WireState.JOB_STATE_QUEUED,
  DEPTH: WireState.JOB_STATE_DEPTH,
  RENDER: WireState.JOB_STATE_RENDER,
  ENCODE: WireState.JOB_STATE_ENCODE,
  SUCCEEDED: WireState.JOB_STATE_SUCCEEDED,
  FAILED: WireState.JOB_STATE_FAILED,
  CANCELLED: WireState.JOB_STATE_CANCELLED,
  EXPIRED: WireState.JOB_STATE_EXPIRED,
};
const PRIORITIES = {
  low: Priority.PRIORITY_LOW,
  normal: Priority.PRIORITY_NORMAL,
  high: Priority.PRIORITY_HIGH,
} as const;

export const toWireState = (state: JobState): WireState => STATES[state];
const DEGRADE_POLICIES = {
  allow: DegradePolicy.DEGRADE_POLICY_ALLOW,
  forbid: DegradePolicy.DEGRADE_POLICY_FORBID,
} as const;

/** The job id in `jobs/{job}`. Throws JOB_NOT_FOUND for anything else. */
export function parseJobName(name: string): string {
  const id = name.startsWith("jobs/") ? name.slice("jobs/".length) : "";
  if (!isId(id)) throw jobNotFound(id.slice(0, 64));
  return id;
}

export function toWireJob(record: JobRecord, spec: JobSpec): Job {
  const source = depthSource(record);
  return {
    name: `jobs/${record.id}`,
    state: toWireState(record.state),
    spec: toWireSpec(spec),
    progress: record.progress,
    createTime: new Date(record.createdAtMs),
    updateTime: new Date(record.updatedAtMs),
    artifacts: record.artifacts.map((artifact) => toWireArtifact(record.id, artifact)),
    error: record.error ? toWireError(record.error) : undefined,
    traceId: record.traceId,
    lastEvent: record.history.at(-1)?.number ?? 0,
    degradations: [...(source?.degradations ?? [])],
    depthModel: source?.model ?? "",
    depth: toWireReport(record),
  };
}

function depthSource({ stages }: JobRecord): DepthOutput["source"] | undefined {
  const output = stages.depth.output as unknown as DepthOutput | null;
  return output?.source;
}

export function toWireArtifact(job: string, artifact: ArtifactRecord): Artifact {
  return { ...artifact, name: `jobs/${job}/artifacts/${artifact.name}` };
}

export function toWireError({ reason, message, metadata }: JobError): Status {
  const known = isReason(reason) ? reason : "INTERNAL";
  return toRpcStatus(new DepthmeshError(known, message, { metadata: { ...metadata } }));
}

function toWireSpec(spec: JobSpec): WireSpec {
  const { preset, intensity, phaseTurns } = spec.camera;
  return {
    model: spec.model,
    depth: toWireDepth(spec.depth),
    camera: { preset, intensity, phase: phaseTurns },
    clip: spec.clip,
    outputs: spec.outputs.map(({ crf }) => ({
      container: Container.CONTAINER_MP4,
      codec: Codec.CODEC_H264,
      crf,
    })),
    artifacts: spec.artifacts.map(() => ArtifactKind.ARTIFACT_KIND_DEPTH),
    priority: PRIORITIES[spec.priority],
    degradePolicy: DEGRADE_POLICIES[spec.degradePolicy],
  };
}

/** What the caller asked for. Throws PARAMETER_UNKNOWN for a field or an enum value that this server does not know. */
export function fromWireSpec(wire: WireSpec): SpecRequest {
  const { camera, clip } = wire;
  const rate = clip?.frameRate;
  return {
    model: wire.model,
    depth: fromWireDepth(wire.depth),
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
    artifacts: wire.artifacts.map((kind) => {
      oneOf("artifacts", kind, [ArtifactKind.ARTIFACT_KIND_DEPTH]);
      return "depth" as const;
    }),
    priority: fromWirePriority(wire.priority),
    degradePolicy: fromWireDegradePolicy(wire.degradePolicy),
  };
}

function fromWirePriority(priority: Priority): SpecRequest["priority"] {
  oneOf("priority", priority, [0, 1, 2, 3]);
  const found = Object.entries(PRIORITIES).find(([, wire]) => wire === priority);
  return found?.[0] as SpecRequest["priority"];
}

function fromWireDegradePolicy(policy: DegradePolicy): SpecRequest["degradePolicy"] {
  oneOf("degrade_policy", policy, [0, 1, 2]);
  const found = Object.entries(DEGRADE_POLICIES).find(([, wire]) => wire === policy);
  return found?.[0] as SpecRequest["degradePolicy"];
}

function oneOf(field: string, value: number, known: readonly number[]): void {
  if (known.includes(value)) return;
  throw new DepthmeshError("PARAMETER_UNKNOWN", `${field} has a value this server does not know`, {
    metadata: { field, actual: String(value) },
  });
}

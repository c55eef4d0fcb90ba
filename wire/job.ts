/** Converts job records, their artifacts and errors to the public messages. */

import { isReason } from "../core/error-reasons.js";
import { DepthmeshError } from "../core/errors.js";
import type { JobPlan } from "../core/spec/plan.js";
import type { JobSpec } from "../core/spec/spec.js";
import type { CameraFigures, DepthOutput } from "../core/spec/stage-output.js";
import { depthOutputOf, renderOutputOf } from "../core/spec/stage-output.js";
import { toRpcStatus } from "../kit/rpc/status.js";
import type {
  ArtifactRecord,
  JobError,
  JobRecord,
  JobState,
  Progress,
} from "../pipeline/record/record.js";
import {
  Artifact,
  type DepthReport,
  Job,
  type JobProgress,
  JobState as WireJobState,
  type JobPlan as WirePlan,
} from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec as WireSpec } from "../proto/gen/depthmesh/v1/spec.js";
import type { Status } from "../proto/gen/google/rpc/status.js";
import { ARTIFACT_KIND_WORDS, CODEC_WORDS, CONTAINER_WORDS, EnumWords } from "./enums.js";
import { toWireBrief, toWireSpec } from "./spec.js";

const STATES: Readonly<Record<JobState, WireJobState>> = {
  QUEUED: WireJobState.JOB_STATE_QUEUED,
  DEPTH: WireJobState.JOB_STATE_DEPTH,
  RENDER: WireJobState.JOB_STATE_RENDER,
  ENCODE: WireJobState.JOB_STATE_ENCODE,
  SUCCEEDED: WireJobState.JOB_STATE_SUCCEEDED,
  FAILED: WireJobState.JOB_STATE_FAILED,
  CANCELLED: WireJobState.JOB_STATE_CANCELLED,
  EXPIRED: WireJobState.JOB_STATE_EXPIRED,
};
const STATE_WORDS = new EnumWords(STATES);
export const toWireState = (state: JobState): WireJobState => STATES[state];

/** Throws PARAMETER_UNKNOWN for the unspecified state and for one of a later version. */
export function fromWireState(value: WireJobState, field: string): JobState {
  return STATE_WORDS.required(value, field);
}

/** What is to come of a job, where it is known. */
export interface Expectation {
  readonly queuePosition?: number;
  /** Unix milliseconds. */
  readonly endAtMs?: number;
}

/** `spec` is undefined when its blob is lost. */
export function toWireJob(
  record: JobRecord,
  spec: JobSpec | undefined,
  expected?: Expectation,
): Job {
  return withSpec(record, spec && toWireSpec(spec), expected);
}

/** The job as a list shows it, with the short form of its spec that the record holds. */
export function toListedJob(record: JobRecord, expected?: Expectation): Job {
  return withSpec(record, record.brief && toWireBrief(record.brief), expected);
}

export function toWireProgress(
  { depth, render, encode }: Progress,
  { queuePosition, endAtMs }: Expectation = {},
): JobProgress {
  return {
    ...{ depth, render, encode, queuePosition },
    estimatedEndTime: endAtMs === undefined ? undefined : new Date(endAtMs),
  };
}

/** The answer to a request that is only checked: no name, and what the job would make. */
export function toPlannedJob(
  spec: JobSpec,
  plan: JobPlan,
  { deadlineAtMs, labels }: Pick<JobRecord, "deadlineAtMs" | "labels">,
): Job {
  return Job.fromPartial({
    // The one that it would begin with.
    state: WireJobState.JOB_STATE_QUEUED,
    spec: { ...toWireSpec(spec), deadline: toDate(deadlineAtMs) },
    labels: { ...labels },
    plan: toWirePlan(plan),
  });
}

export function toWirePlan(plan: JobPlan): WirePlan {
  return {
    ...plan,
    outputs: plan.outputs.map((output) => ({
      ...output,
      container: CONTAINER_WORDS.number(output.container, "plan.outputs.container"),
      codec: CODEC_WORDS.number(output.codec, "plan.outputs.codec"),
    })),
    artifacts: plan.artifacts.map((kind) => ARTIFACT_KIND_WORDS.number(kind, "plan.artifacts")),
  };
}

function withSpec(
  record: JobRecord,
  spec: WireSpec | undefined,
  expected: Expectation | undefined,
): Job {
  const depth = depthOutput(record);
  return {
    name: `jobs/${record.id}`,
    state: toWireState(record.state),
    spec: spec && { ...spec, deadline: toDate(record.deadlineAtMs) },
    progress: toWireProgress(record.progress, expected),
    createTime: new Date(record.createdAtMs),
    updateTime: new Date(record.updatedAtMs),
    artifacts: record.artifacts.map((artifact) => toWireArtifact(record.id, artifact)),
    error: record.error ? toWireError(record.error) : undefined,
    traceId: record.traceId,
    cacheHit: record.cacheHit,
    lastEvent: record.history.at(-1)?.number ?? 0,
    notes: record.notes.map((note) => ({ ...note, metadata: { ...note.metadata } })),
    depthModel: depth?.source.model ?? "",
    depth: depth && toWireReport(depth),
    retryOf: record.retryOf === undefined ? "" : `jobs/${record.retryOf}`,
    retriedAs: record.retriedAs.map((id) => `jobs/${id}`),
    labels: { ...record.labels },
    plan: undefined,
    camera: cameraFigures(record),
    tenant: record.tenant,
  };
}

function toDate(atMs: number | null): Date | undefined {
  return atMs === null ? undefined : new Date(atMs);
}

/**
 * Undefined until the depth stage has committed, and for a damaged output, which must not hide the
 * job or the list that it is in.
 */
function depthOutput({ stages }: JobRecord): DepthOutput | undefined {
  try {
    return stages.depth.done ? depthOutputOf(stages.depth.output) : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined until the render stage has drawn, and for a damaged output, as for `depthOutput`. */
function cameraFigures({ stages }: JobRecord): CameraFigures | undefined {
  try {
    return renderOutputOf(stages.render.output)?.camera;
  } catch {
    return undefined;
  }
}

function toWireReport({ cacheHit, postProcessingVersion }: DepthOutput): DepthReport {
  return { cacheHit, postProcessingVersion };
}

export function toWireArtifact(job: string, artifact: ArtifactRecord): Artifact {
  const { video, stage: _stage, ...facts } = artifact;
  return Artifact.fromPartial({
    ...facts,
    ...video,
    name: `jobs/${job}/artifacts/${artifact.name}`,
  });
}

export function toWireError({ reason, message, metadata }: JobError): Status {
  const known = isReason(reason) ? reason : "INTERNAL";
  return toRpcStatus(new DepthmeshError(known, message, { metadata: { ...metadata } }));
}

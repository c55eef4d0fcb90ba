/** Jobs as JSON, for programs that run the command: docs/json.md describes the fields. */
import type { DepthmeshError } from "../core/errors.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import type { Artifact, Job } from "../proto/gen/depthmesh/v1/job.js";
import { CODEC_WORDS, CONTAINER_WORDS } from "../wire/enums.js";
import { fromWireFields } from "../wire/spec.js";
import { artifactFile } from "./job-files.js";
import { photoOf } from "./photo-label.js";
import { stateName } from "./print.js";

export function errorJson({ reason, message, metadata }: DepthmeshError) {
  return { reason, message, metadata };
}

export function artifactJson(artifact: Artifact) {
  const { mediaType, sizeBytes, sha256, width, height, frames, durationSeconds } = artifact;
  const isVideo = frames > 0;
  return {
    name: artifactFile(artifact),
    ...{ mediaType, sizeBytes, sha256, width, height },
    ...(isVideo && { frames, durationSeconds, codec: artifact.codec, encoder: artifact.encoder }),
  };
}

export function jobJson(job: Job) {
  const error = job.error && fromRpcStatus(job.error);
  return {
    name: job.name,
    state: stateName(job.state),
    photo: photoOf(job) || null,
    createTime: job.createTime?.toISOString() ?? null,
    updateTime: job.updateTime?.toISOString() ?? null,
    progress: progressJson(job),
    depthModel: job.depthModel || null,
    fromCache: job.cacheHit,
    camera: cameraJson(job),
    error: error ? errorJson(error) : null,
    notes: job.notes.map(({ stage, code, message, metadata }) => ({
      stage,
      code,
      message,
      metadata,
    })),
    files: job.artifacts.map(artifactJson),
    retryOf: job.retryOf || null,
    retriedAs: job.retriedAs,
    traceId: job.traceId,
    spec: specJson(job),
  };
}

/** What the camera does to the photo; null before the scene is drawn. */
export function cameraJson({ camera }: Job) {
  if (!camera) return null;
  const { strength, hiddenAreaPercent, stretchP99, subject = null } = camera;
  return { strength, hiddenAreaPercent, stretchP99, subject };
}

/** The parameters of the job by their names, as `--set` writes them. */
function specJson({ spec }: Job) {
  if (!spec) return null;
  const rate = spec.clip?.frameRate;
  return {
    preset: spec.camera?.preset ?? "",
    model: spec.model,
    frameRate: rate ? rate.numerator / (rate.denominator || 1) : null,
    deadline: spec.deadline?.toISOString() ?? null,
    outputs: spec.outputs.map(({ container, codec }) => ({
      container: CONTAINER_WORDS.word(container, "container") ?? null,
      codec: CODEC_WORDS.word(codec, "codec") ?? null,
    })),
    parameters: fromWireFields(spec),
    motions: spec.motions.map(({ parameter }) => parameter),
  };
}

function progressJson({ progress }: Job) {
  if (!progress) return null;
  const { depth, render, encode, queuePosition, estimatedEndTime } = progress;
  return {
    ...{ depth, render, encode },
    queuePosition: queuePosition ?? null,
    estimatedEndTime: estimatedEndTime?.toISOString() ?? null,
  };
}

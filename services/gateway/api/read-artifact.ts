/**
 * ReadArtifact: streams the bytes of a file that a job has made. With `follow` it streams the job's
 * first MP4 output while it is still encoded, and ends with the job.
 */

import { DepthmeshError, rangeError } from "../../../core/errors.js";
import { artifactNames } from "../../../core/spec/artifact-names.js";
import { encodeOutputOf } from "../../../core/spec/stage-output.js";
import { FILE_CHUNK_BYTES } from "../../../kit/rpc/chunks.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { fieldConflict } from "../../../kit/rpc/requests.js";
import {
  type ArtifactRecord,
  isTerminal,
  type JobRecord,
} from "../../../pipeline/record/record.js";
import type {
  DownloadUrl,
  ReadArtifactRequest,
  ReadArtifactResponse,
} from "../../../proto/gen/depthmesh/v1/result_service.js";
import { toWireArtifact } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import { untilDrain } from "../until-drain.js";
import { followFragments } from "./follow-fragments.js";
import { assertSucceeded, readRecord, storedSpec } from "./jobs.js";

/**
 * The first MP4 output in the form that its followers receive. It is not listed among the job's
 * artifacts, because the output itself is.
 */
const FRAGMENTS_ARTIFACT = "fragments.mp4";

/** Between the name of a job and that of its artifact. */
const ARTIFACTS = "/artifacts/";

/**
 * Throws JOB_NOT_FOUND, JOB_NOT_READY, ARTIFACT_NOT_FOUND, PARAMETER_OUT_OF_RANGE,
 * PARAMETER_CONFLICT, and BLOB_CORRUPT, for a whole file only after its last byte.
 */
export async function* readArtifact(
  context: GatewayContext,
  request: ReadArtifactRequest,
  identity: Identity,
  signal: AbortSignal,
): AsyncGenerator<ReadArtifactResponse> {
  const { name, offset, limit, follow, asDownloadUrl } = request;
  const [jobName = "", ...rest] = name.split(ARTIFACTS);
  const artifactName = rest.join(ARTIFACTS);
  const record = await readRecord(context, jobName, identity);
  if (offset < 0) throw outside("offset", offset);
  if (limit < 0) throw outside("limit", limit);
  if (asDownloadUrl && (offset > 0 || limit > 0 || follow)) {
    const message = "an address is for the whole file: ask for ranges where it leads to";
    throw fieldConflict(message, "as_download_url");
  }
  if (follow) {
    if (artifactName !== FRAGMENTS_ARTIFACT) {
      throw new DepthmeshError("PARAMETER_CONFLICT", "this artifact cannot be followed", {
        metadata: { field: "follow", known: FRAGMENTS_ARTIFACT },
      });
    }
    yield* untilDrain(context, jobName, signal, (until) =>
      followArtifact(context, record.id, request, until),
    );
    return;
  }
  const artifact = findArtifact(record, artifactName);
  if (!artifact) throw await missing(context, record, artifactName);
  if (offset > artifact.sizeBytes) throw outside("offset", offset, artifact.sizeBytes);
  yield { kind: { $case: "artifact", value: toWireArtifact(record.id, artifact) } };
  const signed = asDownloadUrl && (await downloadUrlOf(context, artifact));
  if (signed) {
    yield { kind: { $case: "downloadUrl", value: signed } };
    return;
  }
  try {
    for await (const chunk of context.blobs.read(artifact.sha256, offset, limit || undefined)) {
      for (let at = 0; at < chunk.length; at += FILE_CHUNK_BYTES) {
        const part = chunk.subarray(at, at + FILE_CHUNK_BYTES);
        yield { kind: { $case: "chunk", value: part } };
      }
    }
  } catch (error) {
    throw withRemedy(error, artifact);
  }
}

/** Undefined where the store gives no addresses; what is missing is told by reading it. */
async function downloadUrlOf(
  { blobs }: GatewayContext,
  { name: fileName, mediaType, sha256 }: ArtifactRecord,
): Promise<DownloadUrl | undefined> {
  const signed = await blobs.downloadUrl(sha256, { mediaType, fileName });
  return signed && { url: signed.url, expireTime: new Date(signed.expiresAtMs) };
}

/** A job never changes after its end, so another one makes a damaged file again. */
function withRemedy(error: unknown, { name }: ArtifactRecord): unknown {
  if (!(error instanceof DepthmeshError) || error.reason !== "BLOB_CORRUPT") return error;
  const message = `the stored file ${name} is damaged: RetryJob, or the same request, makes it again`;
  return new DepthmeshError("BLOB_CORRUPT", message, {
    metadata: { artifact: name },
    cause: error,
  });
}

/** JOB_NOT_READY for what a job that goes on will make, else ARTIFACT_NOT_FOUND. */
async function missing(
  context: GatewayContext,
  record: JobRecord,
  name: string,
): Promise<DepthmeshError> {
  const { id, state, artifacts } = record;
  const spec = isTerminal(record) ? undefined : await storedSpec(context, record);
  const planned = spec && artifactNames(spec);
  const isFollowable = planned?.some((each) => each.endsWith(".mp4")) ?? false;
  const metadata = { job: id, state, artifact: name };
  if (name === FRAGMENTS_ARTIFACT && isFollowable) {
    const message = `${name} is not complete: the job is ${state}; read it with follow`;
    return new DepthmeshError("JOB_NOT_READY", message, { metadata });
  }
  if (planned?.includes(name)) {
    const message = `${name} does not exist yet: the job is ${state}; wait for it with WatchJob`;
    return new DepthmeshError("JOB_NOT_READY", message, { metadata });
  }
  const known = planned ?? artifacts.map((listed) => listed.name);
  return new DepthmeshError("ARTIFACT_NOT_FOUND", "the job has no artifact of this name", {
    metadata: { ...metadata, known: known.join(" ") },
  });
}

function findArtifact({ artifacts, stages }: JobRecord, name: string): ArtifactRecord | undefined {
  const listed = artifacts.find((artifact) => artifact.name === name);
  if (listed || name !== FRAGMENTS_ARTIFACT || !stages.encode.done) return listed;
  const { fragments, frames } = encodeOutputOf(stages.encode.output);
  if (!fragments) return undefined;
  const { sha256, sizeBytes } = fragments;
  const first = artifacts.find(({ mediaType }) => mediaType === "video/mp4");
  const { width = 0, height = 0 } = first ?? {};
  return { name, mediaType: "video/mp4", sizeBytes, sha256, width, height, frames };
}

/**
 * Ends normally when the job has succeeded and every requested byte was sent. Throws
 * STREAM_RESTARTED if another encode attempt begins after bytes of one were sent or were named in
 * the request, ARTIFACT_NOT_FOUND if the job ends without fragments, and the job's own error.
 */
async function* followArtifact(
  context: GatewayContext,
  job: string,
  request: ReadArtifactRequest,
  signal: AbortSignal,
): AsyncGenerator<ReadArtifactResponse> {
  const { name, offset, limit } = request;
  const end = limit === 0 ? Number.POSITIVE_INFINITY : offset + limit;
  let attempt = offset === 0 ? "" : expectedAttempt(request);
  /** The client has bytes of `attempt`, so that no other attempt can continue the stream. */
  let isBound = offset > 0;
  let isHeaderSent = false;
  let receivedBytes = 0;
  const header = () => {
    isHeaderSent = true;
    const value = { name, mediaType: "video/mp4", attempt };
    return { kind: { $case: "followed", value } } as const;
  };
  for await (const event of followFragments(context, job, signal)) {
    if (event.kind === "attempt") {
      if (isBound && attempt !== event.attempt) throw restarted(event.attempt);
      attempt = event.attempt;
      receivedBytes = 0;
    } else if (event.kind === "chunk") {
      const { bytes, offsetBytes } = event;
      const from = Math.max(0, offset - offsetBytes);
      const part = bytes.subarray(from, Math.max(from, end - offsetBytes));
      receivedBytes = offsetBytes + bytes.length;
      if (part.length > 0) {
        isBound = true;
        if (!isHeaderSent) yield header();
        yield { kind: { $case: "chunk", value: part } };
      }
      if (receivedBytes >= end) return;
    } else if (event.kind === "ended") {
      assertSucceeded(event.record);
      if (receivedBytes === 0) {
        throw new DepthmeshError("ARTIFACT_NOT_FOUND", "the job has no MP4 output to follow");
      }
      if (offset > receivedBytes) throw outside("offset", offset, receivedBytes);
      if (!isHeaderSent) yield header();
    }
  }
}

function expectedAttempt({ attempt }: ReadArtifactRequest): string {
  if (attempt !== "") return attempt;
  throw fieldConflict("an offset above 0 needs the attempt that its bytes came from", "attempt");
}

function restarted(attempt: string): DepthmeshError {
  return new DepthmeshError("STREAM_RESTARTED", "another encoder began anew", {
    metadata: { attempt },
  });
}

function outside(field: "offset" | "limit", actual: number, maximum?: number): DepthmeshError {
  const message = `${field} is ${actual}, outside the artifact, which has ${maximum} bytes`;
  return rangeError(
    field,
    actual,
    { minimum: 0, maximum },
    maximum === undefined ? undefined : message,
  );
}

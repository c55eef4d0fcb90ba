/** ReadArtifact: the bytes of what a job has made, or is making. */
import { DepthmeshError, rangeError } from "../../../core/errors.js";
import type { EncodeOutput } from "../../../core/spec/stage-output.js";
import { FILE_CHUNK_BYTES } from "../../../kit/rpc/chunks.js";
import type { ArtifactRecord, JobRecord } from "../../../pipeline/record/record.js";
import type {
  ReadArtifactRequest,
  ReadArtifactResponse,
} from "../../../proto/gen/depthmesh/v1/result_service.js";
import { toWireArtifact } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import { followFragments } from "./follow-fragments.js";
import { assertSucceeded, readRecord } from "./jobs.js";

/** The first MP4 output as its followers get it; not in the list, for the output itself is. */
const FRAGMENTS_ARTIFACT = "fragments.mp4";

export async function* readArtifact(
  context: GatewayContext,
  request: ReadArtifactRequest,
  signal: AbortSignal,
): AsyncGenerator<ReadArtifactResponse> {
  const { name, offset, limit, follow } = request;
  const [jobName = "", artifactName = ""] = name.split("/artifacts/");
  const record = await readRecord(context, jobName);
  if (offset < 0 || limit < 0) throw outside(offset < 0 ? "offset" : "limit", request);
  if (follow) {
    if (artifactName !== FRAGMENTS_ARTIFACT) {
      throw new DepthmeshError("PARAMETER_CONFLICT", "this artifact cannot be followed", {
        metadata: { field: "follow", known: FRAGMENTS_ARTIFACT },
      });
    }
    yield* followArtifact(context, record.id, request, signal);
    return;
  }
  const artifact = artifactOf(record, artifactName);
  if (!artifact) {
    throw new DepthmeshError("ARTIFACT_NOT_FOUND", "the job has no such artifact (yet)", {
      metadata: { state: record.state, known: record.artifacts.map((each) => each.name).join(" ") },
    });
  }
  if (offset > artifact.sizeBytes) throw outside("offset", request, artifact.sizeBytes);
  yield { kind: { $case: "artifact", value: toWireArtifact(record.id, artifact) } };
  for await (const chunk of context.blobs.read(artifact.sha256, offset, limit || undefined)) {
    for (let at = 0; at < chunk.length; at += FILE_CHUNK_BYTES) {
      const part = chunk.subarray(at, at + FILE_CHUNK_BYTES);
      yield { kind: { $case: "chunk", value: part as Buffer } };
    }
  }
}

function artifactOf({ artifacts, stages }: JobRecord, name: string): ArtifactRecord | undefined {
  const listed = artifacts.find((artifact) => artifact.name === name);
  if (listed || name !== FRAGMENTS_ARTIFACT || !stages.encode.done) return listed;
  const { fragments, frames } = stages.encode.output as unknown as EncodeOutput;
  if (!fragments) return undefined;
  const { sha256, sizeBytes } = fragments;
  const first = artifacts.find(({ mediaType }) => mediaType === "video/mp4");
  const { width = 0, height = 0 } = first ?? {};
  return { name, mediaType: "video/mp4", sizeBytes, sha256, width, height, frames };
}

function outside(
  field: "offset" | "limit",
  request: ReadArtifactRequest,
  maximum?: number,
): DepthmeshError {
  const limits = { minimum: 0, maximum };
  return rangeError(field, request[field], limits, `${field} is outside the artifact`);
}

/**
 * Ends well when the job has and every byte was sent. Throws STREAM_RESTARTED where another attempt begins after bytes of one
 * were sent or named in the request, ARTIFACT_NOT_FOUND where the job ends without fragments, and the job's error.
 */
export async function* followArtifact(
  context: GatewayContext,
  job: string,
  request: ReadArtifactRequest,
  signal: AbortSignal,
): AsyncGenerator<ReadArtifactResponse> {
  const { name, offset, limit } = request;
  const end = limit === 0 ? Number.POSITIVE_INFINITY : offset + limit;
  let attempt = offset === 0 ? "" : expectedAttempt(request);
  let bound = offset > 0;
  let told = false;
  let seenBytes = 0;
  const header = () => {
    told = true;
    const value = { name, mediaType: "video/mp4", attempt };
    return { kind: { $case: "followed", value } } as const;
  };
  for await (const event of followFragments(context, job, signal)) {
    if (event.kind === "attempt") {
      // An attempt of which nothing was sent can be given up in silence.
      if (bound && attempt !== event.attempt) throw restarted(event.attempt);
      attempt = event.attempt;
      seenBytes = 0;
    } else if (event.kind === "chunk") {
      const { bytes, offsetBytes } = event;
      const from = Math.max(0, offset - offsetBytes);
      const part = bytes.subarray(from, Math.max(from, end - offsetBytes));
      seenBytes = offsetBytes + bytes.length;
      if (part.length > 0) {
        bound = true;
        if (!told) yield header();
        yield { kind: { $case: "chunk", value: part } };
      }
      if (seenBytes >= end) return;
    } else if (event.kind === "ended") {
      assertSucceeded(event.record);
      if (seenBytes === 0) throw nothingToFollow();
      if (offset > seenBytes) throw beyondEnd(offset, seenBytes);
      if (!told) yield header();
    }
  }
}

function expectedAttempt({ attempt }: ReadArtifactRequest): string {
  if (attempt !== "") return attempt;
  throw new DepthmeshError("PARAMETER_CONFLICT", "an offset needs the attempt that it is of", {
    metadata: { field: "attempt" },
  });
}

function restarted(attempt: string): DepthmeshError {
  return new DepthmeshError("STREAM_RESTARTED", "another encoder began anew", {
    metadata: { attempt },
  });
}

function nothingToFollow(): DepthmeshError {
  return new DepthmeshError("ARTIFACT_NOT_FOUND", "the job has no MP4 output to follow");
}

function beyondEnd(actual: number, maximum: number): DepthmeshError {
  return rangeError("offset", actual, { maximum }, "offset is outside the artifact");
}

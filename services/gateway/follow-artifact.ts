/** ReadArtifact with follow: the bytes of the fragments as they are produced, from any offset of one attempt. */
import { DepthmeshError } from "../../core/errors.js";
import type {
  ReadArtifactRequest,
  ReadArtifactResponse,
} from "../../proto/gen/depthmesh/v1/result_service.js";
import type { GatewayContext } from "./context.js";
import { followFragments } from "./follow-fragments.js";
import { assertSucceeded } from "./job-end.js";

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
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", "offset is outside the artifact", {
    metadata: { field: "offset", actual: String(actual), limit_maximum: String(maximum) },
  });
}

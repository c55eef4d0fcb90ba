/** What a failure of a stage means for its job: given up, tried again at its own cost, or put off at nobody's. */
import { type DepthmeshError, type Reason, toDepthmeshError } from "../../core/errors.js";

export type FailureKind =
  /** Trying again changes nothing: the job ends with this reason. */
  | "permanent"
  /** Tried again a few times: it may be the job that does this. */
  | "own"
  /** A part of the mesh is away or full: it waits until that is mended, however long. */
  | "mesh"
  /** Another worker of the stage can do it, soon. */
  | "elsewhere"
  /** The job has ended or is forgotten: there is nothing left to do. */
  | "ended"
  /** Another worker has the stage: nothing of this attempt counts. */
  | "lost"
  /** The worker is going: another one takes the stage at once. */
  | "draining"
  /** Encode's frames are gone: render, or its redelivery, makes the next order (rule 8). */
  | "source";

const KINDS: Readonly<Partial<Record<Reason, FailureKind>>> = {
  POISONED: "permanent",
  BUS_UNAVAILABLE: "mesh",
  SERVICE_UNAVAILABLE: "mesh",
  STORAGE_FULL: "mesh",
  RATE_LIMITED: "mesh",
  CODEC_ELSEWHERE: "elsewhere",
  QUEUE_FULL: "mesh",
  LEASE_LOST: "lost",
  // Only who holds the stage's lease may pull, so the newer pull is the new holder's.
  PULL_SUPERSEDED: "lost",
  DRAINING: "draining",
  FRAME_SOURCE_LOST: "source",
};

export interface Failure {
  readonly kind: FailureKind;
  readonly error: DepthmeshError;
}

/** What ended a stage's work: `thrown`, or where the work was aborted, what aborted it. */
export function failureOf(thrown: unknown, aborted: AbortSignal): Failure {
  // What work throws after an abort is only its echo.
  const error = toDepthmeshError(aborted.aborted ? aborted.reason : thrown);
  // A call that was cut from the other side, as a gateway that goes does: nobody has cancelled the job.
  if (error.reason === "JOB_CANCELLED" && !aborted.aborted) return { kind: "mesh", error };
  if (error.reason === "JOB_CANCELLED" || error.reason === "JOB_NOT_FOUND") {
    return { kind: "ended", error };
  }
  return { kind: KINDS[error.reason] ?? (error.retryable ? "own" : "permanent"), error };
}

/** How a job ended, as the error of a call that waited for its success. */
import { DepthmeshError, isReason } from "../../core/errors.js";
import type { JobRecord } from "../../pipeline/record/record.js";

/** Throws the job's own error, or JOB_CANCELLED. */
export function assertSucceeded({ state, error }: JobRecord): void {
  if (state === "SUCCEEDED") return;
  if (error) {
    const reason = isReason(error.reason) ? error.reason : "INTERNAL";
    throw new DepthmeshError(reason, error.message, { metadata: { ...error.metadata } });
  }
  throw new DepthmeshError("JOB_CANCELLED", "the job was cancelled");
}

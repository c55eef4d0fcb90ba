/** A job's deadline as its caller says it. */
import { DepthmeshError } from "../../core/errors.js";

/** Unix milliseconds; null: no hurry. Throws PARAMETER_OUT_OF_RANGE for what is no time. */
export function readDeadline(deadline: Date | undefined): number | null {
  if (deadline === undefined) return null;
  const atMs = deadline.getTime();
  if (Number.isFinite(atMs)) return atMs;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", "the deadline is no time of the calendar", {
    metadata: { field: "deadline" },
  });
}

/** Throws PARAMETER_OUT_OF_RANGE for a deadline that has passed. */
export function refusePassed(deadlineAtMs: number | null, nowMs: number): void {
  if (deadlineAtMs === null || deadlineAtMs > nowMs) return;
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", "the deadline has passed already", {
    metadata: {
      field: "deadline",
      actual: new Date(deadlineAtMs).toISOString(),
      limit_minimum: new Date(nowMs).toISOString(),
    },
  });
}

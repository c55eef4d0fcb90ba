/** Refusals for which HTTP has a status of its own, such as 405 and 415. */

import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError, type ErrorOptions } from "../../core/errors.js";

const statuses = new WeakMap<object, number>();

/** An error that is answered with this HTTP status, not with that of its reason. */
export function refusal(
  status: number,
  reason: Reason,
  message: string,
  options: ErrorOptions = {},
): DepthmeshError {
  const error = new DepthmeshError(reason, message, options);
  statuses.set(error, status);
  return error;
}

/** The status that an error was given; undefined if it has that of its reason. */
export function refusedStatus(thrown: unknown): number | undefined {
  return typeof thrown === "object" && thrown !== null ? statuses.get(thrown) : undefined;
}

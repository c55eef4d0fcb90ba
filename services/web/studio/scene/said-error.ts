/** Carries errors from the worker to the page. */
import { REASONS, type Reason } from "../../../../core/error-reasons.js";
import { DepthmeshError } from "../../../../core/errors.js";
import type { SaidError } from "./scene-messages.js";

export function saidError(error: unknown): SaidError {
  if (error instanceof DepthmeshError) {
    const { reason, message, metadata, violations } = error;
    return { reason, message, metadata, violations };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { reason: "", message, metadata: {}, violations: [] };
}

/** The error of the worker again, as the page throws it. */
export function errorOf({ reason, message, metadata, violations }: SaidError): Error {
  if (!isReason(reason)) return new DepthmeshError("INTERNAL", message);
  return new DepthmeshError(reason, message, { metadata: { ...metadata }, violations });
}

const isReason = (reason: string): reason is Reason => Object.hasOwn(REASONS, reason);

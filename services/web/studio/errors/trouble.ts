/**
 * What went wrong, in one form: the error of a job, or the problem with which a call was refused.
 */
import { callerShould } from "../../../../core/error-advice.js";
import { REASONS, type Reason } from "../../../../core/error-reasons.js";
import type { StatusJson } from "../../../../proto/gen/json/google/rpc/status_pb.js";
import { ProblemError } from "../api/http.js";

export interface Trouble {
  /** A name of ErrorReason; empty where the server has sent none. */
  readonly reason: string;
  readonly message: string;
  /** Limits and actual values; the keys name the units. */
  readonly facts: readonly (readonly [key: string, value: string])[];
  readonly violations: readonly { readonly field: string; readonly description: string }[];
}

/** The error of a job or of a dead letter. */
export function troubleOfStatus({ message = "", details = [] }: StatusJson): Trouble {
  const { reason = "", metadata = {} }: ErrorInfo = detailOf(details, "ErrorInfo");
  const { fieldViolations = [] }: BadRequest = detailOf(details, "BadRequest");
  const violations = fieldViolations.map(({ field = "", description = "" }) => ({
    field,
    description,
  }));
  return { reason, message, facts: Object.entries(metadata), violations };
}

interface ErrorInfo {
  readonly reason?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface BadRequest {
  readonly fieldViolations?: readonly { readonly field?: string; readonly description?: string }[];
}

/** The first message of google.rpc of this name; without one an empty message. */
function detailOf(details: NonNullable<StatusJson["details"]>, name: string): object {
  const type = `type.googleapis.com/google.rpc.${name}`;
  return details.find((detail) => detail["@type"] === type) ?? {};
}

/** What a call was refused with, or what this page stumbled over. */
export function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof ProblemError) {
    const { reason, detail, metadata = {}, violations = [] } = thrown.problem;
    return { reason, message: detail, facts: Object.entries(metadata), violations };
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { reason: "", message, facts: [], violations: [] };
}

/** What the reader can do about it; undefined for a reason that this page does not know. */
export function adviceFor(reason: string): string | undefined {
  return isReason(reason) ? callerShould(reason) : undefined;
}

export function isReason(name: string): name is Reason {
  return Object.hasOwn(REASONS, name);
}

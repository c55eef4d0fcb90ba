/** Errors as RFC 9457 problem details, with the same reasons as over gRPC. */
import { type GrpcCodeName, REASONS } from "../../core/error-reasons.js";
import { toDepthmeshError } from "../../core/errors.js";

/** The HTTP status of each gRPC code, as google.rpc.Code lists them. */
const HTTP_STATUS: Readonly<Record<GrpcCodeName, number>> = {
  CANCELLED: 499,
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  OUT_OF_RANGE: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  DATA_LOSS: 500,
};

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** A name of ErrorReason. */
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
}

export const PROBLEM_TYPE = "application/problem+json";

export function problemOf(thrown: unknown): Problem {
  const { reason, message, metadata, violations } = toDepthmeshError(thrown);
  const { code, meaning } = REASONS[reason];
  return {
    type: `urn:depthmesh:reason:${reason}`,
    title: meaning,
    status: HTTP_STATUS[code],
    detail: message,
    reason,
    metadata,
    violations: violations.map(({ field, description }) => ({ field, description })),
  };
}

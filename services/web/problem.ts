/** Errors as RFC 9457 problem details, with the same reasons as over gRPC. */
import { retryDelaySeconds } from "../../core/error-advice.js";
import { REASONS } from "../../core/error-reasons.js";
import { cutText, MAX_MESSAGE_BYTES, MAX_METADATA_VALUE_BYTES } from "../../core/error-text.js";
import { toDepthmeshError } from "../../core/errors.js";
import { httpStatusOf } from "./http-status.js";
import { refusedStatus } from "./refusal.js";

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

/** What a caller is told about a thrown value. */
export function problemOf(thrown: unknown): Problem {
  const { reason, message, metadata, violations } = toDepthmeshError(thrown);
  return {
    type: `urn:depthmesh:reason:${reason}`,
    title: REASONS[reason].meaning,
    status: refusedStatus(thrown) ?? httpStatusOf(reason),
    detail: shown(message, MAX_MESSAGE_BYTES),
    reason,
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [key, shown(value)]),
    ),
    violations: violations.map(({ field, description }) => ({
      field: shown(field),
      description: shown(description),
    })),
  };
}

/** Texts of callers in few and plain words, as over gRPC. */
function shown(text: string, maxBytes = MAX_METADATA_VALUE_BYTES): string {
  return cutText(text, maxBytes);
}

/** Headers that a problem has besides its type. */
export function problemHeaders(thrown: unknown): Record<string, string> {
  const { reason, retryDelayMs } = toDepthmeshError(thrown);
  const seconds = retryDelayMs === undefined ? retryDelaySeconds(reason) : retryDelayMs / 1000;
  return {
    "content-type": PROBLEM_TYPE,
    // Whole seconds only, and none of them would be an invitation to call again at once.
    ...(seconds !== undefined && { "retry-after": String(Math.max(1, Math.ceil(seconds))) }),
    ...(REASONS[reason].code === "UNAUTHENTICATED" && { "www-authenticate": "Bearer" }),
  };
}

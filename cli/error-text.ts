/** How an error is printed for people: its reason, its message, and what the message leaves out. */
import { unsaidFacts } from "../core/error-text.js";
import type { DepthmeshError } from "../core/errors.js";
import { durationText } from "../core/quantity-text.js";

/** How this command does what the server's message says; undefined where it has nothing to add. */
export function errorAdvice(error: DepthmeshError): string | undefined {
  const { reason, message, retryDelayMs } = error;
  if (reason === "CREDENTIALS_MISSING") {
    return "set DEPTHMESH_KEY to your key, or pass its file with --key-file";
  }
  if (
    reason === "SERVICE_UNAVAILABLE" &&
    /certificate|altnames/i.test(message) &&
    !message.includes("--ca")
  ) {
    return "pass --ca FILE with the authority of its certificate, or --server-name if that has another name";
  }
  // The delay of other reasons is that of a program that calls again by itself.
  if (reason !== "QUOTA_EXCEEDED" && reason !== "RATE_LIMITED") return undefined;
  if (retryDelayMs === undefined) return undefined;
  return `again in ${durationText(retryDelayMs / 1000)} at the earliest`;
}

/**
 * `REASON: message (key=value, …)` with those facts of the metadata that the message does not say
 * already. If several fields of the request are wrong, a line for each follows that is not told
 * yet.
 */
export function errorText(error: DepthmeshError): string {
  const { reason, message, metadata, violations } = error;
  const lines = violations.filter(({ field }, i) => i > 0 || !message.includes(field));
  const advice = errorAdvice(error);
  return [
    `${reason}: ${message}${unsaidFacts(message, metadata)}`,
    ...(violations.length > 1 ? lines : []).map(({ field, description }) =>
      description.includes(field) ? `  ${description}` : `  ${field}: ${description}`,
    ),
    ...(advice === undefined ? [] : [`  ${advice}`]),
  ].join("\n");
}

/** How an error is printed for people: its reason, its message, and what the message leaves out. */
import { unsaidFacts } from "../core/error-text.js";
import type { DepthmeshError } from "../core/errors.js";

/** How this command does what the server's message says. */
const KEY_ADVICE = "  set DEPTHMESH_KEY to your key, or pass its file with --key-file";

/**
 * `REASON: message (key=value, …)` with those facts of the metadata that the message does not say
 * already. If several fields of the request are wrong, a line for each follows that is not told
 * yet.
 */
export function errorText({ reason, message, metadata, violations }: DepthmeshError): string {
  const lines = violations.filter(({ field }, i) => i > 0 || !message.includes(field));
  const advice = reason === "CREDENTIALS_MISSING" ? [KEY_ADVICE] : [];
  return [
    `${reason}: ${message}${unsaidFacts(message, metadata)}`,
    ...(violations.length > 1 ? lines : []).map(({ field, description }) =>
      description.includes(field) ? `  ${description}` : `  ${field}: ${description}`,
    ),
    ...advice,
  ].join("\n");
}

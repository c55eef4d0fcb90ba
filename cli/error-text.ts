/** How an error is printed for people: its reason, its message, and what the message leaves out. */
import { unsaidFacts } from "../core/error-text.js";
import type { DepthmeshError } from "../core/errors.js";

/**
 * `REASON: message (key=value, …)` with those facts of the metadata that the message does not say
 * already. If several fields of the request are wrong, a line for each of them follows.
 */
export function errorText({ reason, message, metadata, violations }: DepthmeshError): string {
  const lines = violations.length > 1 ? violations : [];
  return [
    `${reason}: ${message}${unsaidFacts(message, metadata)}`,
    ...lines.map(({ field, description }) =>
      description.includes(field) ? `  ${description}` : `  ${field}: ${description}`,
    ),
  ].join("\n");
}

/** How an error is printed for people: its reason, its message, and what the message leaves out. */
import type { DepthmeshError } from "../core/errors.js";

/** What separates the words of a message; a dot at the end of a word does not belong to it. */
const BETWEEN_WORDS = /[\s,;:()"'?]+|\.(?=\s|$)/;

/**
 * `REASON: message (key=value, …)` with those facts of the metadata that the message does not say
 * already.
 */
export function errorText({ reason, message, metadata }: DepthmeshError): string {
  const said = new Set(message.split(BETWEEN_WORDS));
  const isNew = (value: string) => value.split(BETWEEN_WORDS).some((word) => !said.has(word));
  const facts = Object.entries(metadata)
    .filter(([, value]) => isNew(value))
    .map(([key, value]) => `${key}=${value}`);
  return `${reason}: ${message}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`;
}

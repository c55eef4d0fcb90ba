/** What a job says of a result that is other than was asked for. */
import type { Job, Note } from "../proto/gen/depthmesh/v1/job.js";

/** Code, meaning, and the facts of this one. */
export function noteText({ code, message, metadata }: Note): string {
  const facts = Object.entries(metadata).map(([key, value]) => `${key} ${value}`);
  return `${code}: ${message}${facts.length === 0 ? "" : ` (${facts.join(", ")})`}`;
}

/** On standard error, a line each. */
export function showNotes({ notes }: Job): void {
  for (const note of notes) process.stderr.write(`note: ${noteText(note)}\n`);
}

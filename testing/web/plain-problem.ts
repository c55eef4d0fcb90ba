/** Problems repeat texts of callers in few and plain words only. */
import assert from "node:assert/strict";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
/** The longest detail, in characters. */
const DETAIL_CHARACTERS = 1_100;

/**
 * Asserts that nothing in the JSON of a problem changes a terminal or a log, and that it is short.
 */
export function assertPlainProblem(problem: { readonly detail: string }, what: string): void {
  assertPlain(problem, what);
  assert.ok(problem.detail.length <= DETAIL_CHARACTERS, `${what}: ${problem.detail.length}`);
}

function assertPlain(value: unknown, what: string): void {
  if (typeof value === "string") assert.doesNotMatch(value, CONTROLS, what);
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    assert.doesNotMatch(key, CONTROLS, what);
    assertPlain(inner, what);
  }
}

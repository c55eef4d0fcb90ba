/** Labels of a job: facts of the caller's own, such as the photo's name. */
import { DepthmeshError, rangeError } from "../../../core/errors.js";
import { isPrintable } from "../../../core/printable.js";
import { type Checks, FIRST_ONLY } from "../../../core/spec/violations.js";

const MAX_LABELS = 16;
const MAX_CHARACTERS = 63;
const KEY = /^[!-~]{1,63}$/;

/**
 * The same labels. A key has 1 to 63 printable ASCII characters without spaces, a value 0 to 63
 * printable characters. Refuses others with PARAMETER_OUT_OF_RANGE.
 */
export function checkedLabels(
  labels: Readonly<Record<string, string>>,
  checks: Checks = FIRST_ONLY,
): Record<string, string> {
  const entries = Object.entries(labels);
  checks.check(() => checkCount(entries.length));
  for (const [i, label] of entries.entries()) {
    // A key that is refused may hold anything, so that a path shows its place instead.
    const place = KEY.test(label[0]) ? JSON.stringify(label[0]) : i;
    checks.within("labels", place).check(() => checkLabel(label));
  }
  return { ...labels };
}

function checkCount(count: number): void {
  if (count <= MAX_LABELS) return;
  const message = `the job has ${count} labels; it may have at most ${MAX_LABELS}`;
  throw rangeError("labels", count, { maximum: MAX_LABELS }, message);
}

function checkLabel([key, value]: readonly [key: string, value: string]): void {
  if (!KEY.test(key)) {
    throw refused("a label's key", key, `1 to ${MAX_CHARACTERS} printable ASCII characters`);
  }
  if ([...value].length > MAX_CHARACTERS || !isPrintable(value)) {
    throw refused("a label's value", value, `at most ${MAX_CHARACTERS} printable characters`);
  }
}

function refused(what: string, text: string, limit: string): DepthmeshError {
  const metadata = { field: "labels", actual_characters: String([...text].length), limit };
  const message = `${what} has ${metadata.actual_characters} characters; it must have ${limit}`;
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata });
}

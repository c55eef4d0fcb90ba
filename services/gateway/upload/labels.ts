/** Labels of a job: facts of the caller's own, such as the photo's name. */
import { DepthmeshError, rangeError } from "../../../core/errors.js";

const MAX_LABELS = 16;
const MAX_CHARACTERS = 63;
const KEY = /^[!-~]{1,63}$/;
/** Control characters, line ends, lone surrogates and unassigned characters are not printable. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;

/**
 * The same labels. A key has 1 to 63 printable ASCII characters without spaces, a value 0 to 63
 * printable characters. Throws PARAMETER_OUT_OF_RANGE.
 */
export function checkedLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(labels);
  if (entries.length > MAX_LABELS) {
    const message = `the job has ${entries.length} labels; it may have at most ${MAX_LABELS}`;
    throw rangeError("labels", entries.length, { maximum: MAX_LABELS }, message);
  }
  for (const [key, value] of entries) {
    if (!KEY.test(key)) {
      throw refused("a label's key", key, `1 to ${MAX_CHARACTERS} printable ASCII characters`);
    }
    if ([...value].length > MAX_CHARACTERS || UNPRINTABLE.test(value)) {
      throw refused("a label's value", value, `at most ${MAX_CHARACTERS} printable characters`);
    }
  }
  return { ...labels };
}

function refused(what: string, text: string, limit: string): DepthmeshError {
  const metadata = { field: "labels", actual_characters: String([...text].length), limit };
  const message = `${what} has ${metadata.actual_characters} characters; it must have ${limit}`;
  return new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, { metadata });
}

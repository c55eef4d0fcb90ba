/**
 * Texts of callers that are kept and shown, such as labels and notes. Control characters, line
 * ends, lone surrogates and unassigned characters are not printable.
 */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/u;
const EACH_UNPRINTABLE = new RegExp(UNPRINTABLE, "gu");

export function isPrintable(text: string): boolean {
  return !UNPRINTABLE.test(text);
}

/** The text with "?" in place of what is not printable. */
export function printable(text: string): string {
  return text.replace(EACH_UNPRINTABLE, "?");
}

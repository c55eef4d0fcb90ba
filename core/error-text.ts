/**
 * Bounds on the texts of errors. They often quote what a caller sent, and an error that is too long
 * for the trailers of a call is never received.
 */

export const MAX_MESSAGE_BYTES = 1024;
export const MAX_METADATA_VALUE_BYTES = 512;

const CUT = "…";
const CUT_BYTES = 3;
const BLANKS = /[\t\n\r]/g;
/**
 * What moves a terminal's cursor, ends a line, turns the order of letters around, or is no
 * character: with the flag `u`, a surrogate matches only where its other half is missing.
 */
const UNSHOWN = /[\p{Control}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Surrogate}]/gu;

/**
 * `text` in at most `maxBytes` bytes of UTF-8; a longer one is cut and ends with "…". Line ends and
 * tabs become blanks; other controls, and halves of surrogate pairs, become U+FFFD: a text that a
 * caller sent changes neither a log nor a terminal, and every trailer can carry it.
 */
export function cutText(text: string, maxBytes: number): string {
  // No character takes less than a byte, so the rest can be dropped before it is looked at.
  const near = text.length > maxBytes ? text.slice(0, maxBytes) : text;
  const formed = near.replace(BLANKS, " ").replace(UNSHOWN, "\ufffd");
  if (near === text && utf8Bytes(formed) <= maxBytes) return formed;
  let kept = "";
  let bytes = CUT_BYTES;
  for (const character of formed) {
    bytes += utf8Bytes(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept + CUT;
}

/** Length in UTF-8 of a text without halves of surrogate pairs. */
function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** What separates the words of a message; a dot at the end of a word does not belong to it. */
const BETWEEN_WORDS = /[\s,;:()"'?]+|\.(?=\s|$)/;

/** Those facts that the message does not say already: ` (key=value, …)`, or nothing. */
export function unsaidFacts(message: string, facts: Readonly<Record<string, string>>): string {
  const said = new Set(message.split(BETWEEN_WORDS));
  const isNew = (value: string) => value.split(BETWEEN_WORDS).some((word) => !said.has(word));
  const unsaid = Object.entries(facts)
    .filter(([, value]) => isNew(value))
    .map(([key, value]) => `${key}=${value}`);
  return unsaid.length > 0 ? ` (${unsaid.join(", ")})` : "";
}

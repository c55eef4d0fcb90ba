/** What a decoding library said about a file, made fit for an error's metadata. */

const MAX_CHARACTERS = 240;

/**
 * `words` for a caller: one line of printable ASCII, each sentence once, without paths, at most
 * 240 characters. They may repeat text of the file, such as the name of a tag.
 */
export function cleanWords(words: string): string {
  const sentences = words
    .replace(/[^\x20-\x7e\n]/g, "?")
    .split("\n")
    .map((sentence) => sentence.replace(/(^|[\s"'(])[\w.~-]*(\/[\w.~-]+){2,}/g, "$1…").trim())
    .filter((sentence) => sentence !== "");
  const joined = [...new Set(sentences)].join("; ");
  return joined.length <= MAX_CHARACTERS ? joined : `${joined.slice(0, MAX_CHARACTERS - 1)}…`;
}

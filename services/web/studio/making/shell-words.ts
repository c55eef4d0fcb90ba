/** Command lines to copy, for a POSIX shell. */
import { printable } from "../../../../core/printable.js";

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** The word in quotes where a shell would change it. What cannot be printed becomes `?`. */
export function quoted(word: string): string {
  const shown = printable(word);
  return PLAIN.test(shown) ? shown : `'${shown.replaceAll("'", "'\\''")}'`;
}

/** A file name that is not taken for an option. */
export function asFile(name: string): string {
  return name.startsWith("-") ? `./${name}` : name;
}

/** The groups of words, one a line where they do not fit into one. */
export function commandLine(groups: readonly (readonly string[])[], widthColumns = 80): string {
  const texts = groups.map((words) => words.map(quoted).join(" "));
  const line = texts.join(" ");
  return line.length <= widthColumns ? line : texts.join(" \\\n  ");
}

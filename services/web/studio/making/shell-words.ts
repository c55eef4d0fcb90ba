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

/** The groups of words, with a line break in front of a group that does not fit into its line. */
export function commandLine(groups: readonly (readonly string[])[], widthColumns = 80): string {
  const lines: string[] = [];
  for (const text of groups.map((words) => words.map(quoted).join(" "))) {
    const last = lines.at(-1);
    const isFitting = last !== undefined && last.length + 1 + text.length <= widthColumns;
    if (isFitting) lines[lines.length - 1] = `${last} ${text}`;
    else lines.push(last === undefined ? text : `  ${text}`);
  }
  return lines.join(" \\\n");
}

/** What the generated pages of docs/ have in common. */

export const NOTICE =
  "<!-- Generated from the code by `npm run docs`; a test checks that it is up to date. -->";

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

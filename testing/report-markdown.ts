/** The lines of a bench as Markdown tables: a row for each metric, a column for each case. */
import type { Aim, BenchLine, Figure } from "./report-lines.js";

/**
 * A table of the figures, whose cells are empty where a case lacks a metric, and one of the aims.
 */
export function markdownReport(lines: readonly BenchLine[]): string {
  const figures = lines.filter((line): line is Figure => !("aim" in line));
  const aims = lines.filter((line): line is Aim => "aim" in line);
  const parts = [
    ...(figures.length > 0 ? [figureTable(figures)] : []),
    ...(aims.length > 0 ? [aimTable(aims)] : []),
  ];
  return parts.join("\n");
}

function figureTable(figures: readonly Figure[]): string {
  const cases = [...new Set(figures.map((figure) => figure.case))];
  const titleOf = ({ metric, unit }: Figure) => (unit === "" ? metric : `${metric}, ${unit}`);
  const titles = [...new Set(figures.map(titleOf))];
  const values = new Map(
    figures.map((figure) => [`${titleOf(figure)}\0${figure.case}`, figure.value]),
  );
  const rows = titles.map((title) => [
    title,
    ...cases.map((name) => String(values.get(`${title}\0${name}`) ?? "")),
  ]);
  return table(["", ...cases], rows);
}

function aimTable(aims: readonly Aim[]): string {
  const rows = aims.map(({ aim, value, target, met }) => [
    aim,
    String(value),
    target.trim(),
    met ? "yes" : "**no**",
  ]);
  return table(["aim", "measured", "target", "met"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("");
}

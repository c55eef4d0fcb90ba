/** An evaluation as a text table. */
import type { Evaluation, Scores } from "./depth.js";

const COLUMNS: readonly (readonly [head: string, cell: (scores: Scores) => string])[] = [
  ["Spearman", ({ spearman }) => spearman.toFixed(3)],
  ["AbsRel", ({ absRel }) => absRel.toFixed(3)],
  ["δ<1.25", ({ delta125 }) => delta125.toFixed(3)],
  ["edges px", ({ edgePixels }) => edgePixels.toFixed(1)],
];

/** The mean scores of each estimator, then Spearman's ρ for each scene. */
export function table({ estimators, scenes, mean }: Evaluation): string {
  const means = estimators.map((name) => [
    name,
    ...COLUMNS.map(([, cell]) => cellOf(mean[name], cell)),
  ]);
  const count = Object.keys(scenes).length;
  const perScene = Object.entries(scenes).map(([scene, scores]) => [
    scene,
    ...estimators.map((name) => cellOf(scores[name], ({ spearman }) => spearman.toFixed(3))),
  ]);
  return [
    lines([[`mean of ${count}`, ...COLUMNS.map(([head]) => head)], ...means]),
    lines([["Spearman", ...estimators], ...perScene]),
  ].join("\n\n");
}

function cellOf(scores: Scores | undefined, cell: (scores: Scores) => string): string {
  return scores ? cell(scores) : "";
}

/** Rows as aligned columns, the first to the left. */
export function lines(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ");
  return rows.map(line).join("\n");
}

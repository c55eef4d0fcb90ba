/** The results of scenarios as a table. */
import type { Percentiles, Result } from "../results/result.js";
import { duration, markdownTable, money, percent, spaced } from "./format.js";

const HEAD = [
  ...["scenario", "jobs", "latency p50, p95, p99", "wait for depth p95", "wait for render p95"],
  ...["wait for encode p95", "render: most workers, use", "lost workers, wasted work"],
  "cost per 1000",
];

export function resultTable(results: readonly Result[]): string {
  return markdownTable(HEAD, results.map(resultRow));
}

/** The row of one result, with the heads of `resultTable`. */
export function resultRow({ name, accepted, failed, latency, pools, costPer1000 }: Result) {
  const { depth, render, encode } = pools;
  const all = [depth, render, encode];
  const lost = all.reduce((sum, { lostWorkers }) => sum + lostWorkers, 0);
  const wasted = Math.max(...all.map(({ wastedPart }) => wastedPart));
  return [
    `\`${name}\``,
    failed === 0 ? spaced(accepted) : `${spaced(accepted)}, ${failed} failed`,
    threeOf(latency),
    ...all.map(({ wait }) => duration(wait.p95)),
    `${render.mostWorkers}, ${percent(render.use)}`,
    lost === 0 ? "none" : `${spaced(lost)}, ${percent(wasted)}`,
    money(costPer1000),
  ];
}

export function threeOf({ p50, p95, p99 }: Percentiles): string {
  return [p50, p95, p99].map(duration).join(", ");
}

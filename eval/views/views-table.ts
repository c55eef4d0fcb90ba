/** The scores of drawn views as text tables, and the aims. */
import { atLeast, atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { lines } from "../table.js";
import { meanOf, PARTS, type Part } from "./decibels.js";
import type { ViewScore } from "./views.js";
import { MARCH } from "./ways.js";

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const shown = (value: number) => (Number.isFinite(value) ? value.toFixed(1) : "–");

/** Means over all cases of each map; then presets and scenes of the first map. */
export function viewsTable(scores: readonly ViewScore[]): string {
  const ways = unique(scores.map(({ way }) => way));
  const first = scores.filter(({ map }) => map === scores[0]?.map);
  const perMap = unique(scores.map(({ map }) => map)).map((map) => {
    const of = scores.filter((score) => score.map === map);
    const rows = ways.map((way) => {
      const mine = of.filter((score) => score.way === way);
      return [way, ...PARTS.map((part) => shown(mean(mine, part))), ...flickerCells(mine)];
    });
    const head = [`map ${map}, dB`, ...PARTS, "flicker mean", "1 in 1000", "most"];
    return lines([head, ...rows]);
  });
  const perKey = (key: "preset" | "scene") => {
    const values = unique(first.map((score) => score[key]));
    const rows = values.map((value) => {
      const mine = (way: string) =>
        first.filter((score) => score[key] === value && score.way === way);
      const cell = (way: string) =>
        (["whole", "band", "hidden"] as const).map((part) => shown(mean(mine(way), part)));
      return [value, ...ways.map((way) => cell(way).join(" / "))];
    });
    return lines([[`${key}: whole / band / hidden`, ...ways], ...rows]);
  };
  return [...perMap, perKey("preset"), perKey("scene")].join("\n\n");
}

function flickerCells(scores: readonly ViewScore[]): string[] {
  const known = scores.flatMap(({ flicker }) => flicker ?? []);
  return [
    meanOf(known.map(({ mean }) => mean)).toFixed(2),
    shown(meanOf(known.map(({ p999 }) => p999))),
    shown(meanOf(known.map(({ most }) => most))),
  ];
}

function mean(scores: readonly ViewScore[], part: Part): number {
  return meanOf(scores.map(({ decibels }) => decibels[part]));
}

/** Every mean as a figure, and what is asked of the ways that are drawn. */
export function* viewsLines(scores: readonly ViewScore[]): Generator<BenchLine> {
  const ways = unique(scores.map(({ way }) => way));
  const maps = unique(scores.map(({ map }) => map));
  const of = (map: string, way: string) =>
    scores.filter((score) => score.map === map && score.way === way);
  for (const map of maps) {
    for (const way of ways) {
      const figure = figuresOf("views", `${map} map, ${way}`);
      for (const part of PARTS) yield figure(part, mean(of(map, way), part), "dB");
    }
  }
  if (!ways.includes(MARCH)) return;
  for (const map of maps) {
    for (const way of ways.filter((name) => name !== MARCH)) {
      const mine = of(map, way);
      const march = of(map, MARCH);
      const over = (part: Part) => mean(mine, part) - mean(march, part);
      const aim = (name: string) => `${way} over the march, ${map} map, ${name}`;
      if (map === "exact") {
        yield atLeast(aim("whole"), over("whole"), 4, "dB");
        yield atLeast(aim("band"), over("band"), 5, "dB");
        yield atLeast(aim("hidden"), over("hidden"), 5, "dB");
        yield atMost(
          `${way}, flicker less the march's, one pixel in a thousand`,
          flickerOver(mine, march),
          0,
          "steps",
        );
      } else yield atLeast(aim("whole"), over("whole"), 1.5, "dB");
      const scenes = unique(mine.map(({ scene }) => scene));
      const worst = scenes.map(
        (name) =>
          mean(
            mine.filter(({ scene }) => scene === name),
            "whole",
          ) -
          mean(
            march.filter(({ scene }) => scene === name),
            "whole",
          ),
      );
      yield atLeast(aim("whole, worst scene"), Math.min(...worst), -0.3, "dB");
    }
    if (!ways.includes("fast") || !ways.includes("fine")) continue;
    const behind = mean(of(map, "fine"), "whole") - mean(of(map, "fast"), "whole");
    yield atMost(`fast behind fine, ${map} map, whole`, behind, 0.3, "dB");
  }
}

/** The mean over all cases of how much more the one in a thousand pixels changes. */
function flickerOver(mine: readonly ViewScore[], march: readonly ViewScore[]): number {
  const p999 = (scores: readonly ViewScore[]) =>
    meanOf(scores.flatMap(({ flicker }) => flicker?.p999 ?? []));
  return p999(mine) - p999(march);
}

/** The scores of refinement as a text table, and the aims. */
import { atLeast, atMost, type BenchLine, figuresOf } from "../testing/report-lines.js";
import {
  ESTIMATES,
  type EstimateKind,
  GUIDED,
  REFINED,
  type RefinementScore,
} from "./refinement.js";
import { lines } from "./table.js";
import { meanOf } from "./views/decibels.js";

interface Column {
  readonly head: string;
  readonly unit: string;
  readonly digits: number;
  readonly more: "better" | "worse" | "allowed";
  readonly of: (score: RefinementScore) => number;
}

const COLUMNS: readonly Column[] = [
  { head: "RMSE", unit: "", digits: 4, more: "worse", of: ({ map }) => map.rmse },
  { head: "band RMSE", unit: "", digits: 4, more: "worse", of: ({ map }) => map.bandRmse },
  { head: "F 1 px", unit: "", digits: 3, more: "better", of: ({ map }) => map.f1 },
  { head: "F 2 px", unit: "", digits: 3, more: "better", of: ({ map }) => map.f2 },
  { head: "texture", unit: "e-6", digits: 2, more: "worse", of: ({ map }) => map.texture },
  { head: "CPU", unit: "ms", digits: 0, more: "allowed", of: ({ cpuMs }) => cpuMs },
];

const VIEW_COLUMNS: readonly Column[] = (["whole", "band", "hidden", "rest"] as const).map(
  (part): Column => ({
    ...{ head: `views ${part}`, unit: "dB", digits: 1, more: "better" },
    of: ({ views }) => views?.[part] ?? Number.NaN,
  }),
);

/** Refining may take this much processor time for a map of 1024 pixels. */
const CPU_AIM_MS = 100;

function columnsOf(scores: readonly RefinementScore[]): readonly Column[] {
  return scores.some(({ views }) => views) ? [...COLUMNS, ...VIEW_COLUMNS] : COLUMNS;
}

function meanOfWay(scores: readonly RefinementScore[], estimate: EstimateKind, way: string) {
  const mine = scores.filter((score) => score.estimate === estimate && score.way === way);
  return ({ of }: Column) => meanOf(mine.map(of));
}

/** Means over the scenes, a row for each way, a table for each kind of estimate. */
export function refinementTable(scores: readonly RefinementScore[]): string {
  const columns = columnsOf(scores);
  const ways = [...new Set(scores.map(({ way }) => way))];
  return ESTIMATES.map((estimate) => {
    const rows = ways.map((way) => {
      const mean = meanOfWay(scores, estimate, way);
      return [way, ...columns.map((column) => mean(column).toFixed(column.digits))];
    });
    const heads = columns.map(({ head, unit }) => (unit ? `${head}, ${unit}` : head));
    return lines([[`estimate ${estimate}`, ...heads], ...rows]);
  }).join("\n\n");
}

/** Every mean as a figure, then the aims: better than the guided filter in all but time. */
export function* refinementLines(scores: readonly RefinementScore[]): Generator<BenchLine> {
  const columns = columnsOf(scores);
  const ways = [...new Set(scores.map(({ way }) => way))];
  for (const estimate of ESTIMATES) {
    for (const way of ways) {
      const figure = figuresOf("depth", `${estimate} estimate, ${way}`);
      const mean = meanOfWay(scores, estimate, way);
      for (const column of columns) yield figure(column.head, mean(column), column.unit);
    }
  }
  for (const estimate of ESTIMATES) {
    const refined = meanOfWay(scores, estimate, REFINED);
    const guided = meanOfWay(scores, estimate, GUIDED);
    for (const column of columns) {
      const aim = `refined ${estimate} estimate, ${column.head}`;
      if (column.more === "allowed") yield atMost(aim, refined(column), CPU_AIM_MS, column.unit);
      else if (column.more === "better") {
        yield atLeast(aim, refined(column), Number(guided(column).toPrecision(4)), column.unit);
      } else yield atMost(aim, refined(column), Number(guided(column).toPrecision(4)), column.unit);
    }
  }
}

/** The rows of the budget: who spends the processor time of a frame, and the sums of them. */
import { median } from "../../testing/statistics.js";

/** What spends processor time, and what the figures call it. */
export const ROW_TITLES = {
  /** All children of encode that have ended: ffmpeg with its threads; also ffprobe. */
  ffmpeg: "ffmpeg",
  llvmpipe: "render: llvmpipe's threads",
  glCaller: "render: thread that calls GL",
  renderMain: "render: main thread",
  renderCollector: "render: V8's workers",
  renderOther: "render: other threads",
  encodeMain: "encode: main thread",
  encodeCollector: "encode: V8's workers",
  encodeOther: "encode: other threads",
  /** No frame passes them. */
  restOfMesh: "gateway, depth, nats-server",
} as const;

export type RowName = keyof typeof ROW_TITLES;

/** Processor milliseconds by row: since the processes began, of a job, or of one frame. */
export type BudgetRows = Readonly<Record<RowName, number>>;

export const ROWS = Object.keys(ROW_TITLES) as RowName[];

/** A job of `frames` frames, and what it cost from its request to its end. */
export interface JobCost {
  readonly frames: number;
  readonly rows: BudgetRows;
}

function mapRows(value: (row: RowName) => number): BudgetRows {
  return Object.fromEntries(ROWS.map((row) => [row, value(row)])) as Record<RowName, number>;
}

/** What was spent between two samples. */
export function between(before: BudgetRows, after: BudgetRows): BudgetRows {
  return mapRows((row) => after[row] - before[row]);
}

/**
 * What each further frame costs: the difference of two jobs that differ in their length only, so
 * that start-up, the scene and the finished file are not in it. Throws RangeError unless the long
 * job has more frames.
 */
export function perFrame(short: JobCost, long: JobCost): BudgetRows {
  const frames = long.frames - short.frames;
  if (frames <= 0) throw new RangeError("the long job has no more frames than the short one");
  return mapRows((row) => (long.rows[row] - short.rows[row]) / frames);
}

/** The median of each row. */
export function medianRows(runs: readonly BudgetRows[]): BudgetRows {
  return mapRows((row) => median(runs.map((run) => run[row])));
}

/** Sums of rows, and what the figures call them. */
export const SUM_TITLES = {
  sum: "sum of render and encode",
  allButFfmpeg: "all but ffmpeg",
  /** All but ffmpeg and GL. */
  betweenProcesses: "frames between processes",
  /** With the services that no frame passes. */
  mesh: "whole mesh",
} as const;

export type SumName = keyof typeof SUM_TITLES;
export const SUMS = Object.keys(SUM_TITLES) as SumName[];
export type BudgetSums = Readonly<Record<SumName, number>>;

export function sumsOf(rows: BudgetRows): BudgetSums {
  const betweenProcesses =
    rows.renderMain +
    rows.renderCollector +
    rows.renderOther +
    rows.encodeMain +
    rows.encodeCollector +
    rows.encodeOther;
  const allButFfmpeg = betweenProcesses + rows.llvmpipe + rows.glCaller;
  const sum = allButFfmpeg + rows.ffmpeg;
  return { sum, allButFfmpeg, betweenProcesses, mesh: sum + rows.restOfMesh };
}

/** The median of each sum, which is not the sum of the medians. */
export function medianSums(runs: readonly BudgetRows[]): BudgetSums {
  const sums = runs.map(sumsOf);
  const of = (name: SumName) => median(sums.map((each) => each[name]));
  return {
    sum: of("sum"),
    allButFfmpeg: of("allButFfmpeg"),
    betweenProcesses: of("betweenProcesses"),
    mesh: of("mesh"),
  };
}

/** The arithmetic of the budget: differences of jobs, medians, sums, and the aims. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Budget, budgetAims } from "./aims.js";
import { oneProcessFrame } from "./one-process.js";
import { type BudgetRows, between, medianRows, medianSums, perFrame, sumsOf } from "./rows.js";

const ROWS: BudgetRows = {
  ffmpeg: 36,
  llvmpipe: 20,
  glCaller: 5,
  renderMain: 4,
  renderCollector: 3,
  renderOther: 2,
  encodeMain: 1,
  encodeCollector: 0.5,
  encodeOther: 0.25,
  restOfMesh: 0.125,
};
const scaled = (factor: number, plus = 0) =>
  Object.fromEntries(
    Object.entries(ROWS).map(([row, ms]) => [row, factor * ms + plus]),
  ) as typeof ROWS;

test("what both jobs cost is not in the difference for each frame", () => {
  const short = { frames: 30, rows: between(scaled(7), scaled(37, 500)) };
  const long = { frames: 150, rows: between(scaled(1), scaled(151, 500)) };
  assert.deepEqual(perFrame(short, long), ROWS);
  assert.throws(() => perFrame(long, short), RangeError);
});

test("the sums have each row once", () => {
  assert.deepEqual(sumsOf(ROWS), {
    sum: 71.75,
    allButFfmpeg: 35.75,
    betweenProcesses: 10.75,
    mesh: 71.875,
  });
});

test("the median of a sum is that of the runs", () => {
  const runs = [scaled(1), scaled(3), scaled(2)];
  assert.deepEqual(medianRows(runs), scaled(2));
  // Each run has its peak in another row, so the sums of the runs are equal.
  const peaks = (["ffmpeg", "llvmpipe", "glCaller"] as const).map((row) => ({
    ...scaled(0),
    [row]: 60,
  }));
  assert.equal(medianSums(peaks).sum, 60);
  assert.equal(sumsOf(medianRows(peaks)).sum, 0);
});

test("one process is measured in the same way, without its first round", () => {
  const cost = (frames: number, ownCpuMs: number, ffmpegCpuMs: number) => ({
    ...{ frames, ownCpuMs, ffmpegCpuMs, seconds: 1 },
  });
  const short = [cost(30, 9000, 9000), cost(30, 1000, 1100), cost(30, 1000, 1100)];
  const long = [cost(150, 0, 0), cost(150, 3400, 4700), cost(150, 4600, 4700)];
  assert.deepEqual(oneProcessFrame(short, long), { ownMs: 25, ffmpegMs: 30, totalMs: 55 });
  assert.throws(() => oneProcessFrame(long, short), RangeError);
});

test("the aims judge the socket at 1080p, and gRPC by the socket's sum", () => {
  const budget = (changes: Partial<Budget>): Budget => ({
    ...{ size: "1080p", preset: "circle", way: "socket", sums: sumsOf(ROWS), ...changes },
  });
  const aims = [
    ...budgetAims([
      budget({ oneProcessMs: 70 }),
      budget({ way: "grpc", sums: sumsOf(scaled(1.5)) }),
      budget({ size: "4K", sums: sumsOf(scaled(9)) }),
    ]),
  ];
  assert.deepEqual(
    aims.map(({ aim, value, met }) => [aim, value, met]),
    [
      ["circle: all but ffmpeg", 35.75, true],
      ["circle: frames between processes", 10.75, false],
      ["circle: mesh over one process", 1.027, true],
      ["circle: gRPC over the socket", 1.5, false],
    ],
  );
});

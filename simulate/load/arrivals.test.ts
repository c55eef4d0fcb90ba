/** As many jobs come as the rate says, and the wave has its peak at noon. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { randomStream } from "../engine/random.js";
import { Simulation } from "../engine/simulation.js";
import { type Arrivals, beginArrivals, ratePerSecond } from "./arrivals.js";
import { chooser } from "./shares.js";

const DAY = 86_400;

function times(arrivals: Arrivals, untilSeconds: number): number[] {
  const simulation = new Simulation();
  const seen: number[] = [];
  beginArrivals(simulation, arrivals, untilSeconds, randomStream(5, "arrivals"), () =>
    seen.push(simulation.nowSeconds),
  );
  simulation.run(untilSeconds);
  return seen;
}

/** Five standard deviations of a Poisson count. */
const near = (count: number, expected: number) =>
  assert.ok(Math.abs(count - expected) < 5 * Math.sqrt(expected), `${count}, not ${expected}`);

test("steady: the rate, and gaps that vary as much as they last", () => {
  const seen = times({ kind: "steady", perHour: 1_000 }, DAY);
  near(seen.length, 24_000);
  const gaps = seen.slice(1).map((at, index) => at - (seen[index] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  assert.ok(Math.abs(Math.sqrt(variance) / mean - 1) < 0.05);
});

test("daily: the mean over a day, the peak at noon, the rest at midnight", () => {
  const wave = { kind: "daily", perHour: 2_000, peak: 1.8 } as const;
  const seen = times(wave, DAY);
  near(seen.length, 48_000);
  near(seen.filter((at) => Math.abs(at - DAY / 2) < 1_800).length, 3_591);
  near(seen.filter((at) => at < 1_800).length, 204.5);
  assert.ok(Math.abs(ratePerSecond(wave, DAY / 2) - 1) < 1e-9);
});

test("a burst comes at once, unless it is too late", () => {
  assert.deepEqual(times({ kind: "burst", jobs: 3, atHour: 1 }, DAY), [3_600, 3_600, 3_600]);
  assert.deepEqual(times({ kind: "burst", jobs: 3, atHour: 30 }, DAY), []);
});

test("shares", () => {
  const choose = chooser([
    ["a", 3],
    ["b", 0],
    ["c", 1],
  ]);
  const random = randomStream(1, "shares");
  const drawn = Array.from({ length: 4_000 }, () => choose(random));
  near(drawn.filter((one) => one === "a").length, 3_000);
  assert.ok(!drawn.includes("b"));
  assert.throws(() => chooser([["a", 0]]), RangeError);
});

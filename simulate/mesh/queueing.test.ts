/** A pool is the queue of the textbooks where those have formulas: M/M/1, M/M/c, Little's law. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exponential } from "../engine/distribution.js";
import { randomStream } from "../engine/random.js";
import { Simulation } from "../engine/simulation.js";
import { beginArrivals } from "../load/arrivals.js";
import { madeClip } from "./made-measured.js";
import { Pool } from "./pool.js";
import { newWork } from "./work.js";

const HOUR = 3_600;
const MEAN_SERVICE_SECONDS = 10;
const RUNS = 20;
/** Student's t with 19 degrees of freedom: one true value in a thousand lies outside. */
const T = 3.88;

interface Measures {
  readonly waitSeconds: number;
  readonly waiting: number;
  readonly use: number;
  readonly perSecond: number;
}

/** A pool of workers with one slot, at a load between 0 and 1, for so many hours. */
function queue(workers: number, load: number, hours: number, seed: number): Measures {
  const simulation = new Simulation();
  const service = exponential(MEAN_SERVICE_SECONDS);
  const services = randomStream(seed, "services");
  const options = {
    ...{ workers, slots: 1, cores: 1, times: 1, startSeconds: 0, drainSeconds: 0, hourPrice: 0 },
  };
  const pool: Pool = new Pool(options, {
    simulation,
    random: randomStream(seed, "pool"),
    begin: (attempt) => simulation.after(service.draw(services), () => pool.release(attempt)),
    ended: () => assert.fail(),
  });
  const perHour = (load * workers * HOUR) / MEAN_SERVICE_SECONDS;
  const clip = madeClip();
  const job = {
    clip,
    lane: "normal",
    acceptedSeconds: 0,
    segmentsLeft: 0,
    isOver: false,
    sceneSeconds: 0,
    frameSeconds: 0,
  } as const;
  const arrivals = { kind: "steady", perHour } as const;
  beginArrivals(simulation, arrivals, hours * HOUR, randomStream(seed, "arrivals"), () =>
    pool.add(newWork({ ...job }, "whole", 1)),
  );
  simulation.run(hours * HOUR);
  const seconds = hours * HOUR;
  return {
    waitSeconds: pool.waits.mean,
    waiting: pool.waiting.area(seconds) / seconds,
    use: pool.busySlots.area(seconds) / seconds / workers,
    perSecond: pool.waits.count / seconds,
  };
}

/** Fails unless the mean of independent runs is the value, as far as the runs can tell. */
function assertMean(values: readonly number[], expected: number): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance =
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  const bound = T * Math.sqrt(variance / values.length);
  assert.ok(Math.abs(mean - expected) <= bound, `${mean} ± ${bound}, expected ${expected}`);
  assert.ok(bound < expected / 4, `the runs tell too little: ± ${bound} of ${expected}`);
}

/** Erlang's C: the probability to wait. */
function erlangC(workers: number, load: number): number {
  const offered = workers * load;
  let term = 1;
  let sum = 1;
  for (let busy = 1; busy < workers; busy++) {
    term *= offered / busy;
    sum += term;
  }
  const all = (term * offered) / workers / (1 - load);
  return all / (sum + all);
}

for (const [workers, load] of [
  [1, 0.5],
  [1, 0.8],
  [4, 0.8],
  [25, 0.9],
] as const) {
  test(`M/M/${workers} at ${load}: waits as Erlang says`, () => {
    const hours = 60 / workers ** 0.5;
    const runs = Array.from({ length: RUNS }, (_, seed) => queue(workers, load, hours, seed + 1));
    const expected = (erlangC(workers, load) * MEAN_SERVICE_SECONDS) / (workers * (1 - load));
    assertMean(
      runs.map(({ waitSeconds }) => waitSeconds),
      expected,
    );
    assertMean(
      runs.map(({ use }) => use),
      load,
    );
  });
}

test("Little's law: as many wait as come in the time that one waits", () => {
  for (const seed of [1, 2, 3]) {
    const { waiting, perSecond, waitSeconds } = queue(3, 0.9, 200, seed);
    const expected = perSecond * waitSeconds;
    assert.ok(Math.abs(waiting / expected - 1) < 0.01, `${waiting}, expected ${expected}`);
  }
});

/**
 * A model test of all transitions together: a simulated mesh with random kills, pauses, late
 * commits, lost publishes, duplicates, failures, cancels and deadlines. Each job must end exactly
 * once.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { ForgetfulMesh } from "../../testing/record/forgetful-mesh.js";
import { SimulatedMesh } from "../../testing/record/simulated-mesh.js";
import { POISON_LIMIT } from "./acquire.js";
import { isTerminal, type JobRecord } from "./record.js";

const RUNS = 40_000;
const FAULTY_STEPS = 60;
const HEALTHY_STEPS = 2_000;

/**
 * Every fourth job makes only stills and ends with render, every fifth may be cancelled, every
 * sixth may find its result in the cache, every seventh has a short deadline.
 */
function jobOf(seed: number) {
  return {
    lastStage: seed % 4 === 0 ? "render" : "encode",
    mayCancel: seed % 5 === 0,
    mayHit: seed % 6 === 0,
    ...(seed % 7 === 0 && { deadlineAtMs: (seed % 100) * 400 }),
  } as const;
}

function isPoisoned({ stages }: JobRecord): boolean {
  return Object.values(stages).some(
    ({ attempts, crashes }) => crashes >= POISON_LIMIT || attempts >= POISON_LIMIT - 1,
  );
}

function hasCrashed({ stages }: JobRecord): boolean {
  return Object.values(stages).some(({ crashes }) => crashes >= POISON_LIMIT);
}

test(`${RUNS} random runs end each job once`, () => {
  let faults = 0;
  let hits = 0;
  let poisonedByCrashes = 0;
  const endings = new Map<string, number>();
  for (let seed = 1; seed <= RUNS; seed++) {
    const job = jobOf(seed);
    const mesh = new SimulatedMesh(seededRandom(seed), job);
    for (let step = 0; step < FAULTY_STEPS; step++) mesh.step({ faults: true });
    for (let step = 0; step < HEALTHY_STEPS && !mesh.quiet; step++) mesh.step({ faults: false });
    const { record } = mesh;
    const { history, state } = record;
    const where = `seed ${seed}: ${JSON.stringify(history.map((entry) => entry.state))}`;
    assert.deepEqual(mesh.violations, [], where);
    assert.ok(mesh.quiet, `${where} is stuck`);
    assert.equal(mesh.queued, 0, `${where}: orders remain`);
    assert.equal(history.filter(isTerminal).length, 1, `${where}: one end`);
    assert.equal(history.at(-1)?.state, state, where);
    endings.set(state, (endings.get(state) ?? 0) + 1);
    faults += mesh.faults;
    if (record.cacheHit) hits += 1;
    if (state === "SUCCEEDED") {
      const lastCommit = record.cacheHit ? "depth" : job.lastStage;
      const expected = { depth: 1, render: 0, encode: 0, [lastCommit]: 1 };
      assert.deepEqual(mesh.commits, expected, where);
      assert.equal(record.artifacts.length, 1, `${where}: one still, however often it was made`);
    } else if (state === "CANCELLED") assert.ok(job.mayCancel, where);
    else if (record.error?.reason === "POISONED") {
      assert.ok(isPoisoned(record), where);
      poisonedByCrashes += hasCrashed(record) ? 1 : 0;
    } else assert.ok("deadlineAtMs" in job, `${where}: nobody asked for this end`);
  }
  assert.ok(hits > RUNS / 50, `only ${hits} hits in ${RUNS} runs`);
  assert.ok(faults > 4 * RUNS, `only ${faults} faults in ${RUNS} runs`);
  assert.ok(poisonedByCrashes > 0, "some jobs crash their workers too often");
  for (const state of ["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"]) {
    assert.ok((endings.get(state) ?? 0) > RUNS / 200, `${state}: ${endings.get(state)} of ${RUNS}`);
  }
});

test("when NATS loses acknowledged writes, work is repeated and no job is left stuck or half made", () => {
  let forgotten = 0;
  for (let seed = 1; seed <= RUNS / 4; seed++) {
    const mesh = new ForgetfulMesh(seededRandom(seed), jobOf(seed));
    for (let step = 0; step < FAULTY_STEPS; step++) mesh.step({ faults: true });
    for (let step = 0; step < HEALTHY_STEPS && !mesh.quiet; step++) mesh.step({ faults: false });
    const { record } = mesh;
    const where = `seed ${seed}: ${JSON.stringify(record.history.map((entry) => entry.state))}`;
    assert.deepEqual(mesh.violations, [], where);
    assert.ok(mesh.quiet, `${where} is stuck`);
    assert.equal(record.history.filter(isTerminal).length, 1, `${where}: one end`);
    const { depth, [record.lastStage]: last } = record.stages;
    if (record.state === "SUCCEEDED") assert.ok(depth.done && last.done, `${where}: all is made`);
    forgotten += mesh.forgotten;
  }
  assert.ok(forgotten > RUNS / 4, `only ${forgotten} writes were forgotten`);
});

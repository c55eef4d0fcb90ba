/**
 * A model test of a divided clip, in random interleavings of two gateways and two workers of which
 * any may die between two lines. The job must end once, with every segment made, and nothing of
 * them may be left.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { DividedMesh } from "../../testing/record/divided-mesh.js";
import { cancel } from "../record/endings.js";
import { isTerminal, newRecord } from "../record/record.js";
import { updateRecord } from "../record/store.js";

const RUNS = 400;
const STEPS = 3_000;
/** From then on nobody dies. */
const HEALTHY_FROM = 300;

async function run(seed: number) {
  const random = seededRandom(seed);
  const chances = {
    crash: 0.02,
    fails: seed % 3 === 0,
    mayCancel: seed % 5 === 0,
  };
  const mesh = new DividedMesh(random, chances);
  const names = { id: "0".repeat(26), tenant: "t", specBlob: "s", photoBlob: "p", traceId: "" };
  const job = newRecord({ ...names, lane: "normal", lastStage: "encode", nowMs: 0 });
  await mesh.store.create(job);
  for (let step = 0; step < STEPS; step++) {
    if (step === HEALTHY_FROM) Object.assign(chances, { crash: 0, fails: false, mayCancel: false });
    const record = (await mesh.store.read(job.id))?.record;
    const isOver = record && isTerminal(record) && mesh.orders.length === 0;
    if (isOver && step > HEALTHY_FROM && (await mesh.segments()).length === 0)
      return { mesh, record };
    if (chances.mayCancel && mesh.chance(0.01)) {
      await updateRecord(mesh.store, job.id, (current) => cancel(current, step));
    }
    // Two gateways and two workers at once.
    await Promise.all([
      mesh.chance(0.5) && mesh.tend(job.id),
      mesh.chance(0.3) && mesh.tend(job.id),
      mesh.work(job.id),
      mesh.chance(0.5) && mesh.work(job.id),
      mesh.chance(0.1) && mesh.recover(job.id),
    ]);
  }
  const stuck = await mesh.segments();
  const last = (await mesh.store.read(job.id))?.record;
  assert.fail(
    `seed ${seed} is stuck: ${last?.state}, ${JSON.stringify(stuck.map(({ record }) => record.state))}, ${JSON.stringify(mesh.orders)}`,
  );
}

test(`${RUNS} random runs of a divided clip end once and leave no segment`, async () => {
  const endings = new Map<string, number>();
  let joins = 0;
  let divisions = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const { mesh, record } = await run(seed);
    const where = `seed ${seed}: ${JSON.stringify(record.history.map(({ state }) => state))}`;
    assert.equal(record.history.filter(isTerminal).length, 1, where);
    assert.ok(mesh.joinedOf.length <= 1, where);
    for (const states of mesh.joinedOf) {
      assert.deepEqual(states, ["SUCCEEDED", "SUCCEEDED", "SUCCEEDED"], where);
    }
    if (record.state === "SUCCEEDED" && !record.undivided) {
      assert.equal(mesh.joinedOf.length, 1, where);
    }
    joins += mesh.joinedOf.length;
    divisions += mesh.divisions;
    endings.set(record.state, (endings.get(record.state) ?? 0) + 1);
  }
  assert.ok(joins > RUNS / 2, `only ${joins} joins`);
  assert.ok(divisions > joins, "some clips are divided again");
  for (const state of ["SUCCEEDED", "FAILED", "CANCELLED"]) {
    assert.ok((endings.get(state) ?? 0) > RUNS / 100, `${state}: ${endings.get(state)}`);
  }
});

/** The rules together, under random kills, pauses, late commits, lost publishes and duplicates: none stuck, none doubled. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../tests/random.js";
import { SimulatedMesh } from "../../tests/simulated-mesh.js";

const RUNS = 10_000;
const FAULTY_STEPS = 60;
const HEALTHY_STEPS = 2_000;

test(`${RUNS} random runs end each job once`, () => {
  let faults = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    // Every fourth job makes stills alone and ends with render.
    const lastStage = seed % 4 === 0 ? "render" : "encode";
    const mesh = new SimulatedMesh(seededRandom(seed), lastStage);
    for (let step = 0; step < FAULTY_STEPS; step++) mesh.step({ faults: true });
    for (let step = 0; step < HEALTHY_STEPS && !mesh.quiet; step++) mesh.step({ faults: false });
    const { record } = mesh;
    const where = `seed ${seed}: ${JSON.stringify(record.history.map((entry) => entry.state))}`;
    assert.ok(mesh.quiet, `${where} is stuck`);
    const ends = record.history.filter((entry) => entry.state === "SUCCEEDED");
    assert.equal(ends.length, 1, where);
    assert.equal(record.history.at(-1)?.state, "SUCCEEDED", where);
    const expected = { depth: 1, render: 0, encode: 0, [lastStage]: 1 };
    assert.deepEqual(mesh.commits, expected, where);
    assert.equal(record.artifacts.length, 1, `${where}: one still, however often it was made`);
    assert.equal(mesh.queued, 0, `${where}: orders remain`);
    faults += mesh.faults;
  }
  assert.ok(faults > 5 * RUNS, `only ${faults} faults in ${RUNS} runs`);
});

/**
 * The fault tests in short: 20 runs of a fixed seed on one real mesh. `npm run chaos` does more.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { evidenceText } from "./judge/evidence.js";
import { lineOf } from "./judge/summary.js";
import { drawRun, seedOfRun } from "./plan/draw.js";
import { faultKindsOf, MESH_PLANS } from "./plan/mesh-kind.js";
import { runSeries } from "./series.js";

const SEED = 5;
const MESH = MESH_PLANS.single;
const KINDS = faultKindsOf(MESH);
const RUNS = Array.from({ length: 20 }, (_, run) => run);

test("the runs of this seed contain every kind of fault", () => {
  const plans = RUNS.map((run) => drawRun(seedOfRun(SEED, run), KINDS, MESH));
  const drawn = new Set(plans.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  assert.deepEqual([...drawn].sort(), [...KINDS].sort());
});

test(`${RUNS.length} runs lose no job, duplicate no job and leave nothing behind`, async (t) => {
  const series = runSeries({ seed: SEED, runs: RUNS, kinds: KINDS, mesh: "single" }, t.signal);
  for await (const result of series) {
    t.diagnostic(lineOf(result));
    const evidence = result.evidence ? evidenceText(result.evidence) : "";
    assert.deepEqual(result.violations, [], `${lineOf(result)}\n${evidence}`);
  }
});

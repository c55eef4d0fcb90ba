import assert from "node:assert/strict";
import { test } from "node:test";
import { processFactsIn } from "./fleet.js";

const FACTS = {
  service: "render",
  worker: "render-host.example-17-ab12",
  version: "0.2.0",
  address: "10.0.0.7:4711",
  slots: 2,
  startTimeMs: 1_700_000_000_000,
  draining: false,
};
const KEY = "render.render-host.example-17-ab12";

test("reads what a process has announced, and leaves out what it does not know", () => {
  assert.deepEqual(processFactsIn({ ...FACTS, later: 1 }, KEY), FACTS);
});

test("a process is known under its own key only: a service cannot announce another", () => {
  assert.equal(processFactsIn(FACTS, "depth.render-host.example-17-ab12"), undefined);
  assert.equal(processFactsIn({ ...FACTS, service: "gateway" }, KEY), undefined);
});

test("refuses facts of another kind", () => {
  const wrong = [
    { address: "10.0.0.7" },
    { address: `${"a".repeat(300)}:1` },
    { version: "1\n2" },
    { slots: 0.5 },
    { service: "intruder" },
  ];
  for (const part of wrong) {
    assert.equal(processFactsIn({ ...FACTS, ...part }, KEY), undefined, JSON.stringify(part));
  }
  for (const value of [null, 7, [], { ...FACTS, draining: "no" }]) {
    assert.throws(() => processFactsIn(value, KEY));
  }
});

/** Pools follow their orders as KEDA and the autoscaler of Kubernetes let them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Scaler } from "./scaler.js";

const SCALING = { least: 0, most: 100, target: 2, everySeconds: 15, cooldownSeconds: 60 };

test("up by four or to the double, at most to the limit", () => {
  const scaler = new Scaler(SCALING);
  const steps = [0, 4, 8, 16, 32, 64, 100].map((workers) => scaler.decide(1_000, workers));
  assert.deepEqual(steps, [4, 8, 16, 32, 64, 100, 100]);
  assert.equal(new Scaler(SCALING).decide(5, 1), 3, "a worker for each two orders");
});

test("down to the most that was wanted within the cooldown, and to nothing", () => {
  const scaler = new Scaler(SCALING);
  scaler.decide(20, 10);
  assert.deepEqual(
    [8, 0, 0, 0, 0, 0].map((orders) => scaler.decide(orders, 10)),
    [10, 10, 10, 4, 0, 0],
  );
});

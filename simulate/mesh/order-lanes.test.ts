/** Orders of one lane come in their order, and lanes by their weights. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lane } from "../../pipeline/stages.js";
import { madeClip } from "./made-measured.js";
import { OrderLanes } from "./order-lanes.js";
import { newWork, type Order } from "./work.js";
import { Worker } from "./worker.js";

const clip = madeClip();

function order(lane: Lane, number: number): Order {
  const job = {
    clip,
    lane,
    acceptedSeconds: number,
    segmentsLeft: 0,
    isOver: false,
    sceneSeconds: 0,
    frameSeconds: 0,
  };
  return { work: newWork(job, "whole", 1), generation: 0, waitsSinceSeconds: number };
}

test("8 : 3 : 1 while all lanes have orders", () => {
  const orders = new OrderLanes();
  for (const lane of ["high", "normal", "low"] as const)
    for (let number = 0; number < 100; number++) orders.add(order(lane, number));
  const { lanes } = new Worker(() => 0);
  const taken = { high: [], normal: [], low: [] } as Record<Lane, number[]>;
  for (let pull = 0; pull < 48; pull++) {
    const { work } = orders.take(lanes) ?? assert.fail();
    taken[work.job.lane].push(work.job.acceptedSeconds);
  }
  assert.deepEqual([taken.high.length, taken.normal.length, taken.low.length], [32, 12, 4]);
  assert.deepEqual(taken.normal, [...taken.normal.keys()]);
  assert.equal(orders.size, 252);
});

test("what is delivered again comes first, and an empty lane costs nothing", () => {
  const orders = new OrderLanes();
  const { lanes } = new Worker(() => 0);
  assert.equal(orders.take(lanes), undefined);
  orders.add(order("low", 1));
  orders.addFirst(order("low", 2));
  orders.addFirst(order("low", 3));
  const numbers = [1, 2, 3].map(() => orders.take(lanes)?.waitsSinceSeconds);
  assert.deepEqual(numbers, [3, 2, 1]);
});

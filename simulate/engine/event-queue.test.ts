/** Events happen in the order of time, and in the order of their addition within a moment. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventQueue } from "./event-queue.js";
import { randomStream } from "./random.js";
import { Simulation } from "./simulation.js";

test("as a sorted list would have it, however events are added and taken", () => {
  const random = randomStream(7, "events");
  const queue = new EventQueue();
  const happened: string[] = [];
  let waiting: { at: number; number: number }[] = [];
  for (let number = 0; number < 20_000; number++) {
    if (waiting.length > 0 && random() < 0.45) {
      const [next] = [...waiting].sort((a, b) => a.at - b.at || a.number - b.number);
      assert.equal(queue.nextSeconds, next?.at);
      queue.take()();
      assert.equal(happened.at(-1), `${next?.number}`);
      waiting = waiting.filter((one) => one !== next);
    } else if (waiting.length < 60) {
      // Few different moments, so that many events share one.
      const at = Math.floor(20 * random());
      queue.add(at, () => happened.push(`${number}`));
      waiting.push({ at, number });
    }
  }
  assert.equal(queue.size, waiting.length);
});

test("an empty queue has no event, and the past none either", () => {
  assert.throws(() => new EventQueue().take(), RangeError);
  const simulation = new Simulation();
  simulation.run(5);
  assert.throws(() => simulation.at(4, () => {}), RangeError);
  assert.throws(() => simulation.after(Number.NaN, () => {}), RangeError);
});

test("the clock is at the event that happens, and at the end of the run after it", () => {
  const simulation = new Simulation();
  const seen: number[] = [];
  simulation.after(2, () => {
    seen.push(simulation.nowSeconds);
    simulation.after(3, () => seen.push(simulation.nowSeconds));
  });
  simulation.run(4);
  assert.deepEqual([seen, simulation.nowSeconds], [[2], 4]);
  simulation.run(10);
  assert.deepEqual([seen, simulation.nowSeconds], [[2, 5], 10]);
});

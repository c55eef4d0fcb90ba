/** Several streams as one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { merge } from "./merge.js";
import { AsyncQueue } from "./queue.js";

async function* count(to: number, seen: number[] = []) {
  for (let i = 0; i < to; i++) {
    seen.push(i);
    yield i;
  }
}

test("every value of every source, each source in its order", async () => {
  const queue = new AsyncQueue<number>();
  const values: number[] = [];
  for await (const value of merge<number>(queue, count(3))) {
    values.push(value);
    // Only after the other source has ended: a waiting source does not block the others.
    if (value === 2) {
      queue.push(10);
      queue.push(11);
      queue.close();
    }
  }
  assert.deepEqual(values, [0, 1, 2, 10, 11]);
});

test("a slow reader slows its sources", async () => {
  const seen: number[] = [];
  const merged = merge(count(100, seen));
  await merged.next();
  await merged.next();
  assert.ok(seen.length <= 3, `${seen.length} were taken`);
  await merged.return(undefined);
});

test("a failure of a source between two reads is thrown at the next read", async () => {
  async function* failing() {
    yield 1;
    throw new Error("broken meanwhile");
  }
  const merged = merge(failing());
  await merged.next();
  // An unhandled rejection would end the process here.
  await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(merged.next(), /broken meanwhile/);
});

test("an error of one source is thrown, and leaving the loop ends all sources", async () => {
  async function* failing() {
    yield 1;
    throw new Error("broken");
  }
  const read = async () => {
    for await (const _ of merge(failing(), new AsyncQueue<number>()));
  };
  await assert.rejects(read(), /broken/);
  let closed = false;
  async function* closing() {
    try {
      yield 1;
      yield 2;
    } finally {
      closed = true;
    }
  }
  for await (const _ of merge(closing())) break;
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(closed);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type GlLane, GlLanes } from "./gl-lanes.js";

/** Work that waits until it is let go, and notes when it begins. */
function stage() {
  const lanes = new GlLanes();
  const begun: string[] = [];
  const running: { name: string; end: () => void }[] = [];
  const results: Promise<string>[] = [];
  const add = (lane: GlLane, name: string) => {
    const work = () => {
      begun.push(name);
      return new Promise<string>((resolve) => {
        running.push({ name, end: () => resolve(name) });
      });
    };
    results.push(lanes.pass(lane, work));
  };
  const endOne = async () => {
    running.shift()?.end();
    await new Promise(setImmediate);
  };
  return { add, endOne, begun, running, results };
}

test("a preview passes the frames that wait, and then one of these passes the next preview", async () => {
  const { add, endOne, begun, results } = stage();
  for (const name of ["n1", "n2", "n3", "n4"]) add("normal", name);
  for (const name of ["h1", "h2"]) add("high", name);
  for (let i = 0; i < 6; i++) await endOne();
  assert.deepEqual(begun, ["n1", "n2", "h1", "n3", "h2", "n4"]);
  assert.deepEqual(await Promise.all(results), ["n1", "n2", "n3", "n4", "h1", "h2"]);
});

test("two pieces of work are in the thread at once, also after one has failed", async () => {
  const lanes = new GlLanes();
  await assert.rejects(
    lanes.pass("high", () => Promise.reject(new Error("lost"))),
    /lost/,
  );
  const { add, endOne, begun, running } = stage();
  for (const name of ["a", "b", "c"]) add("high", name);
  assert.deepEqual(begun, ["a", "b"]);
  await endOne();
  assert.deepEqual(begun, ["a", "b", "c"]);
  while (running.length > 0) await endOne();
  add("normal", "d");
  assert.equal(begun.at(-1), "d");
});

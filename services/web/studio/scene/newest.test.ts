import assert from "node:assert/strict";
import { test } from "node:test";
import { Newest } from "./newest.js";

/** A task whose runs end when the test says so. */
function stage() {
  const begun: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const newest = new Newest(
    (request: string) =>
      new Promise<string>((resolve, reject) => {
        begun.push(request);
        ends.push((error) => (error ? reject(error) : resolve(`done ${request}`)));
      }),
  );
  const end = async (error?: Error) => {
    ends.shift()?.(error);
    await new Promise(setImmediate);
  };
  return { newest, begun, end };
}

test("of those that wait only the newest runs, and all of them get its result", async () => {
  const { newest, begun, end } = stage();
  const results = ["a", "b", "c", "d"].map((request) => newest.ask(request));
  assert.deepEqual(begun, ["a"]);
  await end();
  assert.deepEqual(begun, ["a", "d"]);
  await end();
  assert.deepEqual(await Promise.all(results), ["done a", "done d", "done d", "done d"]);
});

test("a task that fails does not stop the next one", async () => {
  const { newest, begun, end } = stage();
  const first = newest.ask("a");
  const second = newest.ask("b");
  first.catch(() => {});
  await end(new Error("broken"));
  await assert.rejects(first, /broken/);
  await end();
  assert.equal(await second, "done b");
  const third = newest.ask("c");
  await end();
  assert.equal(await third, "done c");
  assert.deepEqual(begun, ["a", "b", "c"]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { WarmScenes } from "./warm-scenes.js";

/** Scenes by name, each of 10 bytes, and the names of those that were opened and closed. */
function stage(capacityBytes: number) {
  const opened: string[] = [];
  const closed: string[] = [];
  const warm = new WarmScenes<string>({
    capacityBytes,
    onError: (error) => assert.fail(`${error}`),
  });
  const open = (name: string) => async () => {
    opened.push(name);
    const close = async () => {
      closed.push(name);
    };
    return { scene: { close }, facts: name, bytes: 10 };
  };
  const use = async (name: string) => {
    const { warm: scene, release } = await warm.take(name, open(name));
    assert.equal(scene.facts, name);
    release();
    await new Promise(setImmediate);
  };
  return { warm, open, use, opened, closed };
}

test("a scene is opened once while it is kept; the one unused for longest makes room", async () => {
  const { warm, use, opened, closed } = stage(20);
  for (const name of ["a", "b", "a", "c"]) await use(name);
  assert.deepEqual(opened, ["a", "b", "c"]);
  assert.deepEqual(closed, ["b"]);
  await use("b");
  assert.deepEqual(closed, ["b", "a"]);
  warm.closeUnused();
  await new Promise(setImmediate);
  assert.deepEqual(closed.sort(), ["a", "b", "b", "c"]);
  warm.stop();
});

test("a scene in use is not closed, and its users share it", async () => {
  const { warm, open, use, opened, closed } = stage(5);
  const [first, second] = await Promise.all(["a", "a"].map((name) => warm.take(name, open(name))));
  await use("b");
  assert.deepEqual(opened, ["a", "b"]);
  assert.deepEqual(closed, ["b"]);
  first?.release();
  first?.release();
  await new Promise(setImmediate);
  assert.deepEqual(closed, ["b"]);
  second?.release();
  await new Promise(setImmediate);
  assert.deepEqual(closed, ["b", "a"]);
  warm.stop();
});

test("an opening that fails is tried anew by the next call", async () => {
  const { warm, use, opened } = stage(100);
  const fails = () => Promise.reject(new Error("no memory"));
  await assert.rejects(warm.take("a", fails), /no memory/);
  await use("a");
  assert.deepEqual(opened, ["a"]);
  warm.stop();
});

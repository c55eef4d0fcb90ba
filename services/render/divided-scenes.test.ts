/** A scene is opened once for the segments of a clip, and closed when none of them comes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "../../testing/eventually.js";
import { DividedScenes } from "./divided-scenes.js";

interface Clip {
  readonly scene: { close(): Promise<void> };
}

function counted() {
  let opened = 0;
  let closed = 0;
  const open = async () => {
    opened += 1;
    const close = async () => {
      closed += 1;
    };
    return { scene: { close } };
  };
  return { open, counts: () => [opened, closed] };
}

const fail = (error: unknown) => assert.fail(String(error));

test("segments after one another share a scene, which closes when it is idle", async () => {
  const scenes = new DividedScenes<Clip>(fail, 50);
  const { open, counts } = counted();
  for (let i = 0; i < 3; i++) await scenes.use("a", open, async () => undefined);
  assert.deepEqual(counts(), [1, 0]);
  await eventually("the scene is closed", () => counts()[1] === 1);
});

test("a scene that was kept is used, and makes place for that of another clip", async () => {
  const scenes = new DividedScenes<Clip>(fail);
  const { open, counts } = counted();
  scenes.keep("a", await open());
  await scenes.use(
    "a",
    () => assert.fail("it is open"),
    async () => undefined,
  );
  await scenes.use("b", open, async () => undefined);
  assert.deepEqual(counts(), [2, 1]);
  scenes.stop();
  await eventually("all are closed", () => counts()[1] === 2);
});

test("a scene in which something failed is not used again", async () => {
  const scenes = new DividedScenes<Clip>(fail);
  const { open, counts } = counted();
  const broken = async () => {
    throw new Error("lost");
  };
  await assert.rejects(scenes.use("a", open, broken), /lost/);
  await scenes.use("a", open, async () => undefined);
  assert.deepEqual(counts(), [2, 1]);
  scenes.stop();
});

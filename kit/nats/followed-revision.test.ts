import assert from "node:assert/strict";
import { test } from "node:test";
import { refusal } from "../../testing/refusal.js";
import { FollowedRevision } from "./followed-revision.js";

test("a reader waits until the index has taken what was stored before", async () => {
  const followed = new FollowedRevision("uploads");
  const reached: number[] = [];
  const waits = [0, 4, 5].map(async (revision) => {
    await followed.reaches(revision);
    reached.push(revision);
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  // One of the entries that exist: those before it may still come.
  followed.took(5);
  await settled();
  assert.deepEqual(reached, []);
  followed.tookAll(4);
  await settled();
  assert.deepEqual(reached, [0, 4]);
  followed.took(5);
  await Promise.all(waits);
});

test("a reader does not wait for ever", async (t) => {
  // The time limit alone keeps no process running.
  const running = setInterval(() => {}, 1_000);
  t.after(() => clearInterval(running));
  const followed = new FollowedRevision("uploads", 10);
  const { reason, message } = await refusal(followed.reaches(0));
  assert.deepEqual([reason, message.includes("uploads")], ["BUS_UNAVAILABLE", true]);
});

/** The observer tells jobs from segments, and the lives of a record that is made again apart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Observer } from "./observer.js";
import { wholeLife } from "./sample-lives.js";
import type { FollowOptions } from "./stream-follower.js";

test("a segment that was removed is gone, and made again it begins another life", async () => {
  const followed: FollowOptions[] = [];
  const observer = await Observer.start((options) => {
    followed.push(options);
    return { close: () => {} };
  });
  const [records] = followed;
  assert.ok(records);
  let seq = 0;
  const tell = (id: string, value: object | undefined) => {
    seq += 1;
    const headers = { get: () => (value ? "" : "DEL") };
    const subject = records.subject.replace(">", id);
    records.onMessage({ seq, subject, headers, json: <T>() => value as T });
  };
  const [queued, taken] = wholeLife();
  const segment = { ...queued, id: "s", segmentOf: "job" };
  tell("job", queued);
  tell("s", segment);
  tell("s", { ...taken, id: "s", segmentOf: "job" });
  assert.deepEqual(
    observer.stored("segments").map(({ id }) => id),
    ["s"],
  );
  tell("s", undefined);
  assert.deepEqual(observer.stored("segments"), []);
  assert.deepEqual(
    observer.stored("jobs").map(({ id }) => id),
    ["job"],
  );
  tell("s", segment);
  const lives = observer.livesOfSegments("job").map(({ revisions }) => revisions.length);
  assert.deepEqual(lives, [2, 1]);
});

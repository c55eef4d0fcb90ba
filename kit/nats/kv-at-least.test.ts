/** Reading on until a bucket has a revision that is known to exist. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KvEntry, KvStatus } from "nats";
import { entryAtLeast } from "./kv.js";

/** A bucket whose answers come from a server that catches up: each read sees the next state. */
function lagging(states: readonly { readonly entry: number | null; readonly last: number }[]) {
  let at = -1;
  const state = () => states[Math.max(0, at)] ?? assert.fail("no state");
  return {
    get: async (key: string): Promise<KvEntry | null> => {
      at = Math.min(at + 1, states.length - 1);
      const { entry } = state();
      return entry === null ? null : ({ key, revision: entry } as Partial<KvEntry> as KvEntry);
    },
    status: async () =>
      ({ streamInfo: { state: { last_seq: state().last } } }) as Partial<KvStatus> as KvStatus,
    reads: () => at + 1,
  };
}

test("an entry that is new enough is read once", async () => {
  const bucket = lagging([{ entry: 7, last: 7 }]);
  assert.equal((await entryAtLeast(bucket, "k", 7))?.revision, 7);
  assert.equal((await entryAtLeast(lagging([{ entry: 7, last: 7 }]), "k", 0))?.revision, 7);
  assert.equal(bucket.reads(), 1);
});

test("an old entry, and none, are read again until the bucket has caught up", async () => {
  const old = { entry: 3, last: 3 };
  const none = { entry: null, last: 3 };
  for (const before of [old, none]) {
    const bucket = lagging([before, before, before, { entry: 9, last: 9 }]);
    assert.equal((await entryAtLeast(bucket, "k", 9))?.revision, 9);
    assert.equal(bucket.reads(), 4);
  }
});

test("a key that is gone from a bucket that has the revision is gone", async () => {
  const bucket = lagging([{ entry: null, last: 12 }]);
  assert.equal(await entryAtLeast(bucket, "k", 9), null);
});

test("the wait for what a server has lost is over after two seconds", async () => {
  const bucket = lagging([{ entry: 3, last: 3 }]);
  const begunAtMs = performance.now();
  assert.equal((await entryAtLeast(bucket, "k", 9))?.revision, 3);
  const tookMs = performance.now() - begunAtMs;
  assert.ok(tookMs >= 2_000 && tookMs < 8_000, String(tookMs));
});

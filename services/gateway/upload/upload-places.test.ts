/**
 * Neither a tenant nor a peer can keep others out of the places for uploads, and nobody waits too
 * long.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TRUSTED } from "../../../kit/rpc/identity.js";
import { UploadPlaces } from "./upload-places.js";

const never = new AbortController().signal;
const at = (peer: string, signal = never, identity = TRUSTED) => ({ peer, signal, identity });
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Places whose uploads end on request; `running` has the peers in the order of their admission. */
function places(running: number, waiting = 100, waitMs = 60_000) {
  const gate = new UploadPlaces({ running, waiting, waitMs });
  const admitted: string[] = [];
  const ends: (() => void)[] = [];
  const upload = (peer: string, signal = never, tenant?: string) =>
    gate.pass(at(peer, signal, tenant ? { ...TRUSTED, tenant } : TRUSTED), () => {
      admitted.push(tenant ? `${tenant}/${peer}` : peer);
      return new Promise<void>((end) => ends.push(end));
    });
  return { gate, admitted, ends, upload };
}

test("one peer may run many uploads, but a place is left for another", async () => {
  const { admitted, ends, upload } = places(16);
  const all = Array.from({ length: 20 }, () => upload("a"));
  await settled();
  assert.equal(admitted.length, 14);
  all.push(upload("b"), upload("c"));
  await settled();
  assert.deepEqual(admitted.slice(14), ["b", "c"]);
  while (admitted.length < 22 || ends.length > 0) {
    for (const end of ends.splice(0)) end();
    await settled();
  }
  await Promise.all(all);
});

test("a free place goes to the peer that holds the fewest, then to the first that waits", async () => {
  const { admitted, ends, upload } = places(4);
  const running = [upload("a"), upload("a"), upload("a"), upload("b")];
  await settled();
  running.push(upload("a"), upload("a"), upload("c"), upload("b"));
  for (let i = 0; i < 4; i++) {
    ends.shift()?.();
    await settled();
  }
  assert.deepEqual(admitted.slice(4), ["c", "a", "a", "b"].slice(0, admitted.length - 4));
  assert.equal(admitted[4], "c");
  while (admitted.length < 8 || ends.length > 0) {
    for (const end of ends.splice(0)) end();
    await settled();
  }
  await Promise.all(running);
});

test("an upload is refused when too many wait, and when no place is free in time", async () => {
  const { ends, upload } = places(1, 2, 50);
  const first = upload("a");
  const late = upload("b");
  const metadata = {
    limit_running: "1",
    limit_waiting: "2",
    limit_wait_milliseconds: "50",
  };
  // One place of the waiting room is kept for other peers.
  await assert.rejects(upload("b"), { reason: "RATE_LIMITED", metadata });
  const other = upload("c");
  await assert.rejects(upload("d"), { reason: "RATE_LIMITED" });
  await assert.rejects(late, { reason: "RATE_LIMITED", metadata });
  await assert.rejects(other, { reason: "RATE_LIMITED" });
  ends.shift()?.();
  await first;
});

test("a caller that goes while it waits leaves the queue", async () => {
  const { admitted, ends, upload } = places(1);
  const first = upload("a");
  const gone = new AbortController();
  const leaving = upload("b", gone.signal);
  const last = upload("c");
  gone.abort(new Error("gone"));
  await assert.rejects(leaving, /gone/);
  ends.shift()?.();
  await settled();
  assert.deepEqual(admitted, ["a", "c"]);
  ends.shift()?.();
  await Promise.all([first, last]);
});

test("work that fails frees its place", async () => {
  const { gate } = places(1);
  const failing = gate.pass(at("a"), () => Promise.reject(new Error("broken")));
  await assert.rejects(failing, /broken/);
  assert.equal(await gate.pass(at("b"), async () => 7), 7);
});

test("a tenant with a hundred peers leaves places to another behind the same proxy", async () => {
  const { admitted, ends, upload } = places(16);
  const all = Array.from({ length: 100 }, (_, i) => upload(`10.0.0.${i}`, never, "acme"));
  await settled();
  assert.equal(admitted.length, 14);
  all.push(upload("10.0.0.1", never, "other"), upload("10.0.0.1", never, "other"));
  await settled();
  assert.deepEqual(admitted.slice(14), ["other/10.0.0.1", "other/10.0.0.1"]);
  all.push(upload("10.0.0.1", never, "other"));
  ends.shift()?.();
  await settled();
  assert.equal(admitted[16], "other/10.0.0.1", "a free place goes to who holds fewer");
  while (admitted.length < 103 || ends.length > 0) {
    for (const end of ends.splice(0)) end();
    await settled();
  }
  await Promise.all(all);
});

test("a peer of a tenant leaves a place to the other peers of the tenant", async () => {
  const { admitted, ends, upload } = places(16);
  const all = Array.from({ length: 20 }, () => upload("a", never, "acme"));
  await settled();
  assert.equal(admitted.length, 13);
  all.push(upload("b", never, "acme"), upload("a", never, "other"));
  await settled();
  assert.deepEqual(admitted.slice(13), ["acme/b", "other/a"]);
  while (admitted.length < 22 || ends.length > 0) {
    for (const end of ends.splice(0)) end();
    await settled();
  }
  await Promise.all(all);
});

test("the room for those who wait is shared in the same way", async () => {
  const { ends, upload } = places(1, 8);
  const all = [upload("a", never, "acme")];
  for (let i = 0; i < 7; i++) all.push(upload(`p${i}`, never, "acme"));
  await assert.rejects(upload("p9", never, "acme"), { reason: "RATE_LIMITED" });
  all.push(upload("p9", never, "other"));
  await settled();
  for (let i = 0; i < all.length; i++) {
    ends.shift()?.();
    await settled();
  }
  await Promise.all(all);
});

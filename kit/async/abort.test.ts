/** Abort listeners that are removed, and promises that an abort ends. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { abortable, onAbort } from "./abort.js";

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

test("a listener is called once, at once where the signal has fired, and not after it stopped", (t) => {
  const stop = new AbortController();
  const first = t.mock.fn();
  const second = t.mock.fn();
  onAbort(stop.signal, first);
  onAbort(stop.signal, second)();
  assert.equal(listeners(stop.signal), 1);
  stop.abort();
  assert.equal(first.mock.callCount(), 1);
  assert.equal(second.mock.callCount(), 0);
  onAbort(stop.signal, second);
  assert.equal(second.mock.callCount(), 1);
});

test("an abort ends the wait for a promise with the signal's reason, and no listener stays", async () => {
  const stop = new AbortController();
  assert.equal(await abortable(Promise.resolve(7), stop.signal), 7);
  await assert.rejects(abortable(Promise.reject(new Error("own")), stop.signal), /own/);
  assert.equal(listeners(stop.signal), 0);
  const waiting = abortable(new Promise(() => {}), stop.signal);
  stop.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(abortable(new Promise(() => {}), stop.signal), /gone/);
});

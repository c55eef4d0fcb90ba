/** Loops that wait for a state change are woken by a notification or by their signal. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { Condition } from "./condition.js";

test("one notification wakes everybody who waits, and nobody who comes later", async () => {
  const condition = new Condition();
  const stop = new AbortController();
  const waits = [condition.wait(), condition.wait(stop.signal)];
  condition.notifyAll();
  await Promise.all(waits);
  assert.equal(getEventListeners(stop.signal, "abort").length, 0);
  let woken = false;
  const later = condition.wait().then(() => {
    woken = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(woken, false);
  condition.notifyAll();
  await later;
});

test("a signal ends the wait without an error, also where it has fired before", async () => {
  const condition = new Condition();
  const stop = new AbortController();
  const waiting = condition.wait(stop.signal);
  stop.abort();
  await waiting;
  await condition.wait(stop.signal);
});

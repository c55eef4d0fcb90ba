/**
 * Threads of a service are told apart by their order, or by the names of later versions of Node.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { threadTimes } from "../../testing/thread-cpu.js";
import { roleTimes } from "./roles.js";

const threads = (...times: (readonly [name: string, cpuMs: number])[]) =>
  times.map(([name, cpuMs], index) => ({ tid: 100 + index, name, cpuMs }));
const node = (...times: number[]) => times.map((cpuMs) => ["node", cpuMs] as const);

/** The main thread, the timer, four workers, the inspector's, four of libuv. */
const PLAIN = node(700, 0.1, 10, 20, 30, 40, 0, 5, 6, 7, 8);

test("a process without GL has a main thread, V8's workers and others", () => {
  const { other, ...known } = roleTimes(threads(...PLAIN), 820);
  assert.deepEqual(known, { main: 700, collector: 100, llvmpipe: 0, glCaller: 0 });
  assert.ok(Math.abs(other - 26.1) < 1e-9, `${other} ms`);
});

test("the thread that calls GL is the busy one that is older than the driver's threads", () => {
  const gl = [["node", 900] as const, ["llvmpipe-0", 500] as const, ["llvmpipe-1", 600] as const];
  const later = [["node", 5000] as const, ["node:disk$0", 1] as const];
  const roles = roleTimes(threads(...PLAIN, ...gl, ...later), 8000);
  assert.equal(roles.glCaller, 900);
  assert.equal(roles.llvmpipe, 1100);
  assert.equal(roles.other, 8000 - 700 - 100 - 1100 - 900);
});

test("later versions of Node name the workers", () => {
  const names = ["MainThread", "node-DelayedTask", "SignalInspector", "V8Worker", "V8Worker"];
  const roles = roleTimes(threads(...names.map((name, i) => [name, 10 ** i] as const)), 11_111);
  assert.equal(roles.collector, 11_000);
  assert.equal(roles.other, 110);
});

test("time of threads that have ended is not lost", () => {
  assert.equal(roleTimes(threads(...PLAIN), 1900).other, 1100);
});

test("the workers of this process are where they are looked for: they collect its garbage", async () => {
  const measure = async () => {
    const { user, system } = process.cpuUsage();
    return roleTimes(await threadTimes(process.pid), (user + system) / 1000);
  };
  const before = await measure();
  let kept: object[] = [];
  for (let i = 0; i < 6_000_000; i++) {
    kept.push({ i });
    if (kept.length > 200_000) kept = kept.slice(100_000);
  }
  const after = await measure();
  const collectorMs = after.collector - before.collector;
  const otherMs = after.other - before.other;
  assert.ok(collectorMs > 20, `V8's workers used ${collectorMs} ms`);
  assert.ok(otherMs < collectorMs / 2, `other threads used ${otherMs} ms`);
});

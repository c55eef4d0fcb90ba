/**
 * Requests to a worker thread, and what happens to them when the thread fails, ends or hangs. This
 * file is the thread too.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isMainThread } from "node:worker_threads";
import { DepthmeshError } from "../../core/errors.js";
import { answerRequests, ThreadClient } from "./thread-client.js";

interface Calls {
  double: { request: number; result: number };
  wait: { request: number; result: string };
  fail: { request: "reason" | "plain" | "fatal"; result: never };
  hang: { request: undefined; result: never };
  size: { request: Uint8Array; result: number };
}

if (isMainThread) runTests();
else {
  answerRequests<Calls>(
    {
      double: (value) => 2 * value,
      wait: (ms) => new Promise((resolve) => setTimeout(() => resolve("waited"), ms)),
      fail: (kind) => {
        if (kind === "reason") throw new DepthmeshError("GPU_OUT_OF_MEMORY", "no room");
        throw new Error(kind);
      },
      hang: () => {
        for (;;);
      },
      size: (bytes) => bytes.length,
    },
    (error) => error instanceof Error && error.message === "fatal",
  );
}

function runTests(): void {
  const start = (onLost: (why: Error) => void = assert.fail) =>
    new ThreadClient<Calls>(new URL(import.meta.url), { name: "the test's thread", onLost });

  test("requests are answered in their order, and buffers can be moved", async () => {
    const thread = start();
    const bytes = new Uint8Array(10);
    const answers = [
      thread.ask("wait", 20),
      thread.ask("double", 21),
      thread.ask("size", bytes, { transfer: [bytes.buffer] }),
    ];
    assert.deepEqual(await Promise.all(answers), ["waited", 42, 10]);
    assert.equal(bytes.length, 0);
    // A function cannot be sent to a thread; the next requests get their own replies all the same.
    await assert.rejects(thread.ask("double", (() => 1) as never), { name: "DataCloneError" });
    assert.deepEqual(await Promise.all([thread.ask("double", 1), thread.ask("double", 2)]), [2, 4]);
    await thread.stop();
    await assert.rejects(thread.ask("double", 1), /the test's thread was stopped/);
  });

  test("an error of a request is its rejection, with its reason; the thread goes on", async () => {
    const thread = start();
    await assert.rejects(thread.ask("fail", "reason"), {
      reason: "GPU_OUT_OF_MEMORY",
      message: "no room",
    });
    await assert.rejects(thread.ask("fail", "plain"), /plain/);
    assert.equal(await thread.ask("double", 1), 2);
    await thread.stop();
  });

  test("a fatal error ends the thread: all requests reject, and the loss is reported once", async (t) => {
    const lost = t.mock.fn<(why: Error) => void>();
    const thread = start(lost);
    const requests = [thread.ask("fail", "fatal"), thread.ask("double", 1)];
    for (const request of requests) await assert.rejects(request, /fatal/);
    await assert.rejects(thread.ask("double", 1), /fatal/);
    await thread.stop();
    assert.equal(lost.mock.callCount(), 1);
  });

  test("a request beyond its budget loses the thread; the time in the queue does not count", async (t) => {
    const lost = t.mock.fn<(why: Error) => void>();
    const thread = start(lost);
    const waited = thread.ask("wait", 400);
    const hanging = thread.ask("hang", undefined, { budgetMs: 200 });
    assert.equal(await waited, "waited");
    await assert.rejects(hanging, { reason: "STAGE_STALLED" });
    assert.equal(lost.mock.callCount(), 1);
    await thread.stop();
  });
}

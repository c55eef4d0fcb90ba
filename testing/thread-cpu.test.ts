/** Times of threads from the scheduler agree with what Node reports. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { eventually } from "./eventually.js";
import { mainThreadCpuMs, parseSchedstat, threadTimes } from "./thread-cpu.js";

test("the first number of schedstat is nanoseconds on a processor", () => {
  assert.equal(parseSchedstat("1189426 82313 2\n"), 1.189426);
});

test("the main thread comes first, and a busy thread has its own time", async () => {
  const worker = new Worker("for (;;);", { eval: true });
  try {
    const [main] = await eventually("a thread beside the main one is busy", async () => {
      const threads = await threadTimes(process.pid);
      return threads.slice(1).some(({ cpuMs }) => cpuMs > 500) && threads;
    });
    assert.equal(main?.tid, process.pid);
    assert.ok((main?.cpuMs ?? 0) <= mainThreadCpuMs());
  } finally {
    await worker.terminate();
  }
});

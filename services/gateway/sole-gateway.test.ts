/** Who may have the store `file`: one gateway, and the next one when it is known to be gone. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { createLog } from "../../kit/log.js";
import { processStat } from "../../kit/process/process-stat.js";
import { eventually } from "../../testing/eventually.js";
import { MemoryBucket } from "../../testing/mesh/memory-bucket.js";
import { SoleGateway } from "./sole-gateway.js";

const KEY = "sole-gateway";
const log = createLog("silent", { service: "test", worker: "test" });

/** A gateway with this name, and why it was told to end. */
function gateway(bucket: MemoryBucket, worker: string) {
  const told: Error[] = [];
  const parts = { bucket, worker, log, die: (why: Error) => void told.push(why) };
  return { take: () => SoleGateway.take(parts), told };
}

async function change(bucket: MemoryBucket, changes: object): Promise<void> {
  const entry = await bucket.get(KEY);
  await bucket.put(KEY, JSON.stringify({ ...entry?.json<object>(), ...changes }));
}

test("a second gateway is refused while the first renews its lease, and may begin after it", async () => {
  const bucket = new MemoryBucket();
  const first = await gateway(bucket, "first").take();
  const second = gateway(bucket, "second");
  await assert.rejects(second.take(), (error: Error & { reason?: string }) => {
    assert.equal(error.reason, "PARAMETER_CONFLICT");
    assert.match(error.message, /\(first\).*DEPTHMESH_BLOB_STORE=nats/);
    return true;
  });
  await first.release();
  await (await second.take()).release();
  assert.equal(await bucket.get(KEY), null);
});

test("one that was killed on this machine is replaced at once, also if its id is another's now", async () => {
  const bucket = new MemoryBucket();
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const first = await gateway(bucket, "first").take();
  const { pid } = child;
  await change(bucket, { pid, startTicks: processStat(pid)?.startTicks });
  child.kill("SIGKILL");
  await once(child, "exit");
  const beganMs = performance.now();
  const second = await gateway(bucket, "second").take();
  await change(bucket, { startTicks: 1 });
  const third = await gateway(bucket, "third").take();
  assert.ok(performance.now() - beganMs < 1_000);
  for (const lease of [first, second, third]) await lease.release();
});

test("one of another machine is replaced when it renews no more, and ends if it was only slow", async () => {
  const bucket = new MemoryBucket();
  const host = { bootId: "another", mountNamespace: "another", user: 0 };
  await bucket.put(KEY, JSON.stringify({ worker: "far", pid: 1, host }));
  const next = gateway(bucket, "next");
  const lease = await next.take();
  assert.equal((await bucket.get(KEY))?.json<{ worker: string }>().worker, "next");
  // Somebody else has taken it over while this one slept.
  await change(bucket, { worker: "other" });
  await eventually("it is told to end", () => next.told.length > 0);
  assert.match(next.told[0]?.message ?? "", /\(other\)/);
  await lease.release();
  assert.equal((await bucket.get(KEY))?.json<{ worker: string }>().worker, "other");
});

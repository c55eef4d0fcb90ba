/** What is used by the day is counted once, in batches, by all gateways together. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { DepthmeshError } from "../../../core/errors.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { DailyUsage } from "./daily-usage.js";

const DAY_MS = 86_400_000;
const log = pino({ level: "silent" });
const KEY = "2026-01-31.acme";
const NOON_MS = Date.parse("2026-01-31T12:00:00Z");
const bytes = (uploadBytes: number) => ({ uploadBytes, pixelFrames: 3 * uploadBytes });

async function storedIn(bucket: MemoryBucket, key = KEY): Promise<number> {
  const entry = await bucket.get(key);
  const { uploadBytes = 0, pixelFrames = 0 } = entry?.json<Record<string, number>>() ?? {};
  assert.equal(pixelFrames, 3 * uploadBytes);
  return uploadBytes;
}

test("thousands of calls of three gateways are a few writes, and nothing is lost or added", async () => {
  const bucket = new MemoryBucket();
  const gateways = [1, 2, 3].map(() => new DailyUsage(bucket, log, () => NOON_MS));
  for (let i = 0; i < 3_000; i++) gateways[i % 3]?.add("acme", bytes(1 + (i % 7)));
  gateways[0]?.add("other", bytes(1_000));
  const expected = Array.from({ length: 3_000 }, (_, i) => 1 + (i % 7)).reduce((a, b) => a + b, 0);
  await Promise.all(gateways.map((gateway) => gateway.close()));
  assert.equal(await storedIn(bucket), expected);
  assert.equal(await storedIn(bucket, "2026-01-31.other"), 1_000);
  assert.ok(bucket.writes <= 4, String(bucket.writes));
});

test("what was taken back is not counted, taken back twice once only", async () => {
  const bucket = new MemoryBucket();
  const usage = new DailyUsage(bucket, log, () => NOON_MS);
  const takeBack = usage.add("acme", bytes(5));
  usage.add("acme", bytes(7));
  assert.equal(usage.of("acme").uploadBytes, 12);
  takeBack();
  takeBack();
  assert.equal(usage.of("acme").uploadBytes, 7);
  await usage.close();
  assert.equal(await storedIn(bucket), 7);
});

test("a batch whose answer was lost is not added twice", async () => {
  const bucket = new MemoryBucket();
  let failures = 0;
  const lossy = {
    get: (key: string) => bucket.get(key),
    put: () => assert.fail(),
    create: (key: string, value: string | Uint8Array) => lost(bucket.create(key, value)),
    update: (key: string, value: string | Uint8Array, revision: number) =>
      lost(bucket.update(key, value, revision)),
  };
  async function lost(written: Promise<number>): Promise<number> {
    const revision = await written;
    failures += 1;
    if (failures % 2 === 1) throw new DepthmeshError("BUS_UNAVAILABLE", "no answer in time");
    return revision;
  }
  const usage = new DailyUsage(lossy, log, () => NOON_MS);
  for (const amount of [5, 7, 11]) {
    usage.add("acme", bytes(amount));
    // It writes what waits, once more than fails.
    for (let i = 0; i < 3; i++) await usage.close();
  }
  assert.ok(failures >= 3, String(failures));
  assert.equal(await storedIn(bucket), 23);
  assert.equal(usage.of("acme").uploadBytes, 23);
});

test("a new day begins with nothing, and what was used late still goes to its day", async () => {
  const bucket = new MemoryBucket();
  let nowMs = NOON_MS;
  const usage = new DailyUsage(bucket, log, () => nowMs);
  assert.equal(usage.untilResetMs, DAY_MS / 2);
  assert.equal(usage.resetTime.toISOString(), "2026-02-01T00:00:00.000Z");
  usage.add("acme", bytes(5));
  nowMs += DAY_MS / 2;
  assert.equal(usage.of("acme").uploadBytes, 0);
  usage.add("acme", bytes(7));
  await usage.close();
  assert.equal(await storedIn(bucket), 5);
  assert.equal(await storedIn(bucket, "2026-02-01.acme"), 7);
});

test("a count that is damaged begins anew, and fails nobody", async () => {
  const bucket = new MemoryBucket();
  await bucket.put(KEY, "{");
  const usage = new DailyUsage(bucket, log, () => NOON_MS);
  usage.add("acme", bytes(5));
  await usage.close();
  assert.equal(await storedIn(bucket), 5);
});

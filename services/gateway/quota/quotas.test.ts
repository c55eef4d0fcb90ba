/** What a quota refuses, what it lets through, and what each costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { DepthmeshError } from "../../../core/errors.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import type { JobListener } from "../maintenance/job-index.js";
import { ActiveJobs } from "./active-jobs.js";
import { DailyUsage } from "./daily-usage.js";
import { checkedQuota, type Quota, quotaIn } from "./quota.js";
import { Quotas } from "./quotas.js";
import { RequestRates } from "./request-rates.js";

const NOON_MS = Date.parse("2026-01-31T12:00:00Z");

function made(quota: Quota) {
  let live = 0;
  const jobs = new ActiveJobs();
  let listener: JobListener = {};
  jobs.follow({
    liveOf: () => live,
    listen: (added) => {
      listener = added;
    },
  });
  const usage = new DailyUsage(new MemoryBucket(), pino({ level: "silent" }), () => NOON_MS);
  const book = { of: () => quota, set: async () => {} };
  const quotas = new Quotas({ book, usage, jobs, rates: new RequestRates() });
  /** The index hears of a job. */
  const index = (id: string) => {
    live += 1;
    listener.onRecord?.(queuedRecord({ id, tenant: "acme" }));
  };
  return { quotas, index, removed: (id: string) => listener.onRemoved?.(id) };
}

const job = (id: string, uploadBytes = 10, pixelFrames = 100) => ({ id, uploadBytes, pixelFrames });

function refusal(attempt: () => unknown): DepthmeshError {
  try {
    attempt();
  } catch (error) {
    assert.ok(error instanceof DepthmeshError);
    return error;
  }
  return assert.fail("it was not refused");
}

test("without limits everything passes, and nothing is told", async () => {
  const { quotas } = made({});
  for (let i = 0; i < 100; i++) quotas.takeJob("acme", job(String(i), 1e12, 1e15));
  await Promise.all(Array.from({ length: 1_000 }, () => quotas.admit("acme")));
  quotas.assertRoomForJob("acme", true);
  assert.deepEqual(quotas.leftOf("acme"), {});
});

test("jobs count from their creation, once, and not when they are refused", () => {
  const { quotas, index, removed } = made({ concurrentJobs: 2, uploadBytesPerDay: 25 });
  const takeBack = quotas.takeJob("acme", job("a"));
  quotas.takeJob("acme", job("b"));
  index("b");
  assert.equal(quotas.usageOf("acme").concurrentJobs, 2, "the index and the creation are one job");
  const { reason, metadata } = refusal(() => quotas.takeJob("acme", job("c", 1)));
  assert.deepEqual([reason, metadata.limit, metadata.used], ["QUOTA_EXCEEDED", "2", "2"]);
  assert.throws(() => quotas.assertRoomForJob("acme", false), { reason: "QUOTA_EXCEEDED" });
  assert.equal(quotas.usageOf("acme").uploadBytes, 20, "a refused job costs nothing");
  takeBack();
  assert.deepEqual(
    [quotas.usageOf("acme").concurrentJobs, quotas.usageOf("acme").uploadBytes],
    [1, 10],
  );
  quotas.takeJob("acme", job("d"));
  removed("d");
  assert.equal(quotas.usageOf("acme").concurrentJobs, 1, "it has ended and is gone");
});

test("a day's bytes and pixels are refused with the time until the next day", () => {
  const { quotas } = made({ uploadBytesPerDay: 25, pixelFramesPerDay: 250 });
  quotas.takeJob("acme", job("a"));
  quotas.takeJob("acme", job("b"));
  const bytes = refusal(() => quotas.takeJob("acme", job("c", 6, 1)));
  assert.deepEqual(
    [bytes.reason, bytes.metadata.tenant, bytes.metadata.quota, bytes.metadata.asked],
    ["QUOTA_EXCEEDED", "acme", "bytes uploaded in a day", "6"],
  );
  assert.equal(bytes.retryDelayMs, 43_200_000);
  const pixels = refusal(() => quotas.takeJob("acme", job("c", 5, 51)));
  assert.equal(pixels.metadata.quota, "pixels drawn in a day");
  quotas.takeUpload("acme", 5);
  assert.throws(() => quotas.assertRoomForJob("acme", true), { reason: "QUOTA_EXCEEDED" });
  quotas.assertRoomForJob("acme", false);
  quotas.takeJob("acme", job("c", 0, 50));
  quotas.giveBackUpload("acme", 5);
  quotas.takeUpload("acme", 5);
  quotas.giveBackUpload("acme", 5, 0);
  assert.deepEqual(quotas.leftOf("acme"), {
    "x-depthmesh-quota-upload-bytes-left": "0",
    "x-depthmesh-quota-pixel-frames-left": "0",
    "x-depthmesh-quota-reset-seconds": "43200",
  });
});

test("uploads at once are counted by tenant, also those that fail", async () => {
  const { quotas } = made({ concurrentUploads: 2 });
  const ends: (() => void)[] = [];
  const receive = (tenant: string) =>
    quotas.whileReceiving(tenant, () => new Promise<void>((resolve) => ends.push(resolve)));
  const both = [receive("acme"), receive("acme")];
  await assert.rejects(receive("acme"), { reason: "QUOTA_EXCEEDED" });
  const other = receive("other");
  for (const end of ends) end();
  await Promise.all([...both, other]);
  assert.equal(quotas.usageOf("acme").concurrentUploads, 0);
  const broken = () => quotas.whileReceiving("acme", () => Promise.reject(new Error("gone")));
  for (let i = 0; i < 3; i++) await assert.rejects(broken(), /gone/);
  assert.equal(quotas.leftOf("acme")["x-depthmesh-quota-uploads-left"], "2");
});

test("calls beyond ten seconds' worth are refused until the window ends, by tenant", async () => {
  const { quotas } = made({ requestsPerSecond: 0.5 });
  const left = () => quotas.leftOf("acme")["x-depthmesh-quota-requests-left"];
  assert.equal(left(), "5");
  for (let i = 0; i < 5; i++) await quotas.admit("acme");
  assert.equal(left(), "0");
  const error = await quotas.admit("acme").then(
    () => assert.fail("it was not refused"),
    (thrown: DepthmeshError) => thrown,
  );
  assert.equal(error.reason, "RATE_LIMITED");
  assert.ok(Number(error.retryDelayMs) > 9_000 && Number(error.retryDelayMs) <= 10_000);
  await quotas.admit("other");
});

test("a quota outside its ranges is refused, and a stored one that is damaged is none", () => {
  const quota: Quota = { requestsPerSecond: 0.5, concurrentJobs: 0, pixelFramesPerDay: 2 ** 40 };
  assert.deepEqual(quotaIn(Buffer.from(JSON.stringify(checkedQuota(quota)))), quota);
  const wrong: Quota[] = [
    { requestsPerSecond: 0 },
    { requestsPerSecond: Number.NaN },
    { requestsPerSecond: Number.POSITIVE_INFINITY },
    { concurrentJobs: -1 },
    { uploadBytesPerDay: -1 },
  ];
  for (const one of wrong) {
    assert.throws(() => checkedQuota(one), { reason: "PARAMETER_OUT_OF_RANGE" });
  }
  for (const text of ["", "null", "[]", '{"concurrentJobs":"9"}', '{"concurrentJobs":-1}']) {
    assert.equal(quotaIn(Buffer.from(text)), undefined, text);
  }
});

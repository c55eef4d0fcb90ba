import assert from "node:assert/strict";
import { test } from "node:test";
import { enterState, type JobRecord, newRecord } from "../../../pipeline/record/record.js";
import { MemoryDeliveries } from "../../../testing/webhooks/memory-deliveries.js";
import { EndTeller } from "./end-teller.js";
import { bodyOf } from "./message.js";
import type { StoredWebhook } from "./webhook.js";

const T0 = 1_800_000_000_000;

function job(changes: Partial<JobRecord> = {}): JobRecord {
  const made = newRecord({
    ...{ id: "job1", tenant: "acme", lane: "normal", specBlob: "", photoBlob: "" },
    ...{ lastStage: "depth", traceId: "", nowMs: T0, labels: { album: "summer" } },
  });
  return { ...enterState(made, "SUCCEEDED", T0 + 5_000), ...changes };
}

function hook(id: string, changes: Partial<StoredWebhook> = {}): StoredWebhook {
  const url = "https://example.com/";
  const base = { id, tenant: "acme", url, states: [], everyJob: true, secret: "", createdAtMs: T0 };
  return { ...base, ...changes };
}

async function toldOf(record: JobRecord, hooks: readonly StoredWebhook[]) {
  const deliveries = new MemoryDeliveries();
  const teller = new EndTeller({
    ...{ deliveries, now: () => T0 + 6_000 },
    webhooks: {
      upToDate: async () => {},
      ofTenant: (tenant) => hooks.filter((webhook) => webhook.tenant === tenant),
    },
  });
  await teller.tell(record);
  await teller.tell(record);
  return deliveries.waiting.map((key) => key.split(".")[0]);
}

test("those are told that the job names, or that are told of every job", async () => {
  const hooks = [
    hook("every"),
    hook("named", { everyJob: false }),
    hook("other", { everyJob: false }),
    hook("stranger", { tenant: "another" }),
    hook("disabled", { disabledAtMs: T0 }),
    hook("failures", { states: ["FAILED", "EXPIRED"] }),
    hook("successes", { states: ["SUCCEEDED"] }),
    hook("later", { createdAtMs: T0 + 5_001 }),
    hook("just before", { createdAtMs: T0 + 5_000 }),
  ];
  const named = job({ webhooks: ["named", "disabled", "stranger", "deleted"] });
  assert.deepEqual(await toldOf(named, hooks), ["every", "named", "successes", "just before"]);
  assert.deepEqual(await toldOf(job(), hooks), ["every", "successes", "just before"]);
  const failed = job({ state: "FAILED" });
  assert.deepEqual(await toldOf(failed, hooks), ["every", "failures", "just before"]);
  assert.deepEqual(await toldOf(job(), []), []);
});

test("the body of a message", () => {
  const artifact = { mediaType: "image/png", sha256: "", width: 1, height: 1, frames: 0 };
  const artifacts = [{ ...artifact, name: "depth.png", sizeBytes: 3 }];
  assert.deepEqual(JSON.parse(bodyOf(job({ artifacts }))), {
    type: "job.succeeded",
    timestamp: "2027-01-15T08:00:05.000Z",
    data: {
      job: "jobs/job1",
      tenant: "acme",
      state: "SUCCEEDED",
      labels: { album: "summer" },
      create_time: "2027-01-15T08:00:00.000Z",
      end_time: "2027-01-15T08:00:05.000Z",
      artifacts: [{ name: "jobs/job1/artifacts/depth.png", size_bytes: 3 }],
    },
  });
  const error = { reason: "POISONED", message: "x".repeat(5_000), metadata: { secret: "path" } };
  const failed = JSON.parse(bodyOf(job({ error, state: "FAILED", retryOf: "job0" })));
  assert.equal(failed.type, "job.failed");
  assert.equal(failed.data.retry_of, "jobs/job0");
  assert.deepEqual(failed.data.error, { reason: "POISONED", message: "x".repeat(1024) });
});

/**
 * The KV store of job records: the suite that every store passes, and records that an earlier
 * version of the code has written.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { KV } from "nats";
import { createLog } from "../kit/log.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { packagePath } from "../kit/process/package-path.js";
import { NatsServer } from "../launcher/nats-server.js";
import { KvJobStore } from "../pipeline/record/kv-store.js";
import type { JobRecord } from "../pipeline/record/record.js";
import { retryRecord, stageToRetry } from "../pipeline/record/retry.js";
import type { JobStore } from "../pipeline/record/store.js";
import { commit, renew } from "../pipeline/record/transitions.js";
import { jobStoreConformance } from "../testing/record/job-store-conformance.js";
import { toWireJob } from "../wire/job.js";

let folder: string;
let server: NatsServer;
let bus: Bus;
let bucket: KV;
let store: JobStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-store-"));
  server = await NatsServer.start({ folder });
  const log = createLog("silent", { service: "test", worker: "test" });
  bus = await connectBus(server.urlFor("gateway"), "test", log);
  bucket = await bus.jetstream.views.kv("jobs", { history: 1 });
  store = new KvJobStore(bucket, bus);
});
after(async () => {
  await bus?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

jobStoreConformance("JetStream KV", () => store);

/**
 * Records of one job as version 0.1 stored them: while it is encoded, and after the encode stage
 * failed.
 */
const STORED: Readonly<Record<"running" | "failed", JobRecord>> = JSON.parse(
  readFileSync(packagePath("testing", "record", "stored-records.json"), "utf8"),
);

async function readStored(record: JobRecord): Promise<JobRecord> {
  await bucket.put(record.id, JSON.stringify(record));
  const found = await store.read(record.id);
  assert.ok(found);
  return found.record;
}

test("a job that an earlier version of the code left behind is read and listed as it was stored", async () => {
  const { id } = STORED.failed;
  assert.deepEqual(await readStored(STORED.failed), STORED.failed);
  assert.ok((await store.ids()).includes(id));
  for await (const change of store.watchAll(AbortSignal.timeout(10_000))) {
    if (change.kind === "put" && change.record.id === id) {
      const job = toWireJob(change.record, undefined);
      assert.deepEqual([job.name, job.depthModel], [`jobs/${id}`, "depthmesh-tiny"]);
      assert.equal(job.artifacts[0]?.name, `jobs/${id}/artifacts/depth.png`);
      return;
    }
  }
  assert.fail("the watch did not report the job");
});

test("a failed job that an earlier version of the code left behind can be retried", async () => {
  const failed = await readStored(STORED.failed);
  const stage = stageToRetry(failed, undefined);
  assert.equal(stage, "render");
  const next = retryRecord(failed, stage, { id: "next", traceId: "0", nowMs: 1 });
  assert.deepEqual(next.stages.depth.output, STORED.failed.stages.depth.output);
  assert.deepEqual([next.state, next.retryOf], ["QUEUED", failed.id]);
});

test("a worker goes on with a stage that it took under an earlier version of the code", async () => {
  const running = await readStored(STORED.running);
  const { lease } = running.stages.encode;
  assert.ok(lease);
  const renewed = renew(running, "encode", lease.token, { leaseMs: 1000, nowMs: 5 }, 0.5);
  assert.equal(renewed?.stages.encode.lease?.untilMs, 1005);
  const ended = commit(running, "encode", lease.token, { output: null }, 5);
  assert.equal(ended?.state, "SUCCEEDED");
});

/** The gateway's maintenance without any worker: two real gateways at one real nats-server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { nanos } from "nats";
import sharp from "sharp";
import { DepthmeshClient } from "../client/client.js";
import { DepthmeshError } from "../core/errors.js";
import { isNothingThere } from "../kit/nats/bus-errors.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { bucketKeys } from "../kit/nats/kv.js";
import { callClientStream } from "../kit/rpc/client.js";
import { ServiceChild } from "../launcher/child.js";
import { FREE_PORTS } from "../launcher/gateway-ports.js";
import { cancelJob } from "../pipeline/record/cancel.js";
import { newId } from "../pipeline/record/id.js";
import { type JobRecord, newRecord } from "../pipeline/record/record.js";
import type { JobStore } from "../pipeline/record/store.js";
import type { Buckets } from "../pipeline/topology/mesh-state.js";
import { EVENTS_STREAM, workConsumer, workStream } from "../pipeline/topology/names.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import { CreateJobRequest, JobServiceClient } from "../proto/gen/depthmesh/v1/job_service.js";
import { eventually, succeeds } from "../testing/eventually.js";
import {
  allEvents,
  connectToMesh,
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  upload,
} from "../testing/mesh/fixture.js";
import { orderOf } from "../testing/mesh/waiting-orders.js";

const DEPTH = workStream("depth");
/** Longer than an upload waits for its next bytes on a busy machine. */
const IDLE_MS = 3_000;
const SETTINGS = {
  DEPTHMESH_MAINTENANCE_MS: "200",
  DEPTHMESH_SWEEP_MS: "300",
  DEPTHMESH_KEEP_CANCELLED_HOURS: "0",
  DEPTHMESH_UPLOAD_IDLE_MS: String(IDLE_MS),
  DEPTHMESH_MAX_UPLOADS: "2",
};

let fixture: Fixture;
let full: ServiceChild;
let bus: Bus;
let store: JobStore;
let buckets: Buckets;

before(async () => {
  // Only one of them may have the store `file`: the one whose disk is full.
  const environment = { ...SETTINGS, DEPTHMESH_BLOB_STORE: "nats" };
  fixture = await startFixture({ depth: 0, render: 0, encode: 0, environment });
  full = new ServiceChild({
    service: "gateway",
    log: "inherit",
    environment: {
      ...SETTINGS,
      DEPTHMESH_LOG: "silent",
      ...FREE_PORTS,
      DEPTHMESH_NATS_URL: fixture.mesh.natsUrlFor("gateway"),
      DEPTHMESH_BLOBS: join(fixture.folder, "full"),
      DEPTHMESH_TRACES: join(fixture.folder, "full"),
      DEPTHMESH_MIN_FREE_MIB: "1073741824",
    },
  });
  await full.start();
  ({ bus, store, buckets } = await connectToMesh(fixture.mesh));
});
after(async () => {
  await bus?.close();
  await full?.stop(10_000);
  await fixture?.close();
});

const create = () => fixture.client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
const idOf = ({ name }: Pick<Job, "name">) => name.slice("jobs/".length);

/** A record as another gateway would have stored it. */
async function stored(change: Partial<JobRecord>): Promise<string> {
  const names = { tenant: "default", specBlob: "", photoBlob: "", traceId: "0".repeat(32) };
  const nowMs = change.createdAtMs ?? Date.now();
  const record = { ...names, id: newId(), lane: "normal", lastStage: "encode", nowMs } as const;
  const job = { ...newRecord(record), ...change };
  assert.ok(await store.create(job));
  return job.id;
}

/** The events of a job, oldest first. */
const eventsOf = async (id: string) => (await allEvents(bus)).filter(({ job }) => job === id);

const awaitEvent = (job: string, state: string) =>
  eventually(`the event ${state} of ${job}`, async () => {
    const events = await eventsOf(job);
    return events.some((event) => event.state === state) && events;
  });

async function assertCancelledOnce(job: string): Promise<void> {
  const events = await awaitEvent(job, "CANCELLED");
  const told = events.map(({ number, state }) => `${number} ${state}`);
  assert.deepEqual(told, ["1 QUEUED", "2 CANCELLED"]);
}

test("a lost order is published again", async () => {
  const job = idOf(await create());
  const seq = await eventually("its order", () => orderOf(bus, DEPTH, job));
  await bus.manager.streams.deleteMessage(DEPTH, seq, false);
  const again = await eventually("another order", () => orderOf(bus, DEPTH, job));
  assert.ok(again > seq);
  await fixture.client.cancelJob(`jobs/${job}`);
});

test("an order that NATS delivered too often is deleted and replaced", async () => {
  const job = idOf(await create());
  const seq = await eventually("its order", () => orderOf(bus, DEPTH, job));
  const { config } = await bus.manager.consumers.info(DEPTH, workConsumer("depth", "normal"));
  const worker = await connectBus(fixture.mesh.natsUrlFor("depth"), "test", bus.log);
  for (let i = 0; i < (config.max_deliver ?? 0); ) {
    const message = await worker.jetstream.pull(DEPTH, workConsumer("depth", "normal"), 5_000);
    if (message.seq === seq) i += 1;
    if (message.seq === seq) message.nak();
    // An order that an earlier test left.
    else message.ack();
  }
  // The server sends its advisory only at the next pull.
  const pull = worker.jetstream.pull(DEPTH, workConsumer("depth", "normal"), 500);
  await assert.rejects(pull, isNothingThere);
  const again = await eventually("another order", async () => {
    const found = await orderOf(bus, DEPTH, job);
    return found !== seq && found;
  });
  await worker.close();
  assert.ok(again > seq);
  await fixture.client.cancelJob(`jobs/${job}`);
});

test("a job ends when its deadline passes, and two gateways publish one event of it", async () => {
  const job = await stored({ deadlineAtMs: Date.now() + 300 });
  const events = await awaitEvent(job, "EXPIRED");
  const told = events.map(({ number, state, error }) => `${number} ${state} ${error?.reason}`);
  assert.deepEqual(told, ["1 QUEUED undefined", "2 EXPIRED JOB_DEADLINE_EXCEEDED"]);
});

test("a cancelled job is published, then its record is removed, and no deletion marker is left", async () => {
  const job = idOf(await create());
  await fixture.client.cancelJob(`jobs/${job}`);
  await awaitEvent(job, "CANCELLED");
  await eventually("its record is gone", async () => !(await store.read(job)) && true);
  await eventually("no deletion marker is left", async () => {
    const info = await bus.manager.streams.info("KV_dm_jobs", { subjects_filter: `$KV.*.${job}` });
    return Object.keys(info.state.subjects ?? {}).length === 0;
  });
});

test("a gateway that was killed publishes the events that it missed, and none twice", async () => {
  await full.stop(10_000);
  const config = { duplicate_window: nanos(100) };
  await bus.manager.streams.update(EVENTS_STREAM, config);
  // Older than the dedupe window of NATS: only the stream itself shows what was published.
  const createdAtMs = Date.now() - 300_000;
  const published = await stored({ createdAtMs });
  const missed = await stored({ createdAtMs });
  await awaitEvent(published, "QUEUED");
  await awaitEvent(missed, "QUEUED");
  const [gateway] = fixture.mesh.children("gateway");
  assert.ok(gateway?.pid);
  const killed = gateway.pid;
  process.kill(killed, "SIGKILL");
  await cancelJob(bus, store, missed);
  await assertCancelledOnce(missed);
  assert.notEqual(gateway.pid, killed);
  // Events are published in the order of the records, and this one is the last.
  const later = await stored({});
  await awaitEvent(later, "QUEUED");
  assert.equal((await eventsOf(published)).length, 1);
  await full.start();
  const last = await stored({});
  await awaitEvent(last, "QUEUED");
  assert.equal((await eventsOf(published)).length, 1);
  for (const job of [published, later, last]) await cancelJob(bus, store, job);
});

test("changes before and after the death of nats-server are published once", async () => {
  const waiting = await stored({});
  await awaitEvent(waiting, "QUEUED");
  const { pid } = fixture.mesh.nats;
  assert.ok(pid);
  const returned = new Promise<void>((resolve) => {
    const forget = bus.connectionState.onReturn(() => {
      forget();
      resolve();
    });
  });
  process.kill(pid, "SIGKILL");
  await returned;
  await cancelJob(bus, store, waiting);
  await assertCancelledOnce(waiting);
  const isBack = () => succeeds(fixture.client.listJobs(1, ""));
  await eventually("the gateway is connected again", isBack);
});

test("a hundred concurrent CreateJob calls all succeed", async () => {
  const size = { width: 64, height: 48, channels: 3, background: "teal" } as const;
  const photo = await sharp({ create: size }).png().toBuffer();
  const submit = () => fixture.client.createJob(smallSpec(), { photo: upload(photo) });
  const jobs = await Promise.all(Array.from({ length: 100 }, submit));
  assert.equal(new Set(jobs.map(({ name }) => name)).size, 100);
  await Promise.all(jobs.map(({ name }) => fixture.client.cancelJob(name)));
  await bus.manager.streams.purge(DEPTH);
});

test("uploads that send nothing expire and free their places", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  async function* stalling(): AsyncGenerator<CreateJobRequest> {
    const header = { $case: "header", value: { spec: smallSpec() } } as const;
    yield CreateJobRequest.fromPartial({ kind: header });
    await new Promise(() => {});
  }
  // As many as may run at once.
  const attempts = Array.from({ length: 2 }, () =>
    callClientStream<CreateJobRequest, Job>(
      (metadata, callback) => client.createJob(metadata, callback),
      stalling(),
    ),
  );
  const settled = Promise.allSettled(attempts);
  const next = create();
  await settled;
  for (const attempt of attempts) {
    const metadata = { limit_milliseconds: String(IDLE_MS) };
    await assert.rejects(attempt, { reason: "UPLOAD_EXPIRED", metadata });
  }
  await fixture.client.cancelJob((await next).name);
  client.close();
});

test("a full queue refuses the next job, names its lane and limit, and leaves no record", async () => {
  await bus.manager.streams.purge(DEPTH);
  const { config } = await bus.manager.streams.info(DEPTH);
  await bus.manager.streams.update(DEPTH, { ...config, max_msgs_per_subject: 1 });
  const startedAtMs = Date.now();
  const first = await create();
  const error = await create().catch((thrown: unknown) => thrown);
  assert.ok(error instanceof DepthmeshError);
  assert.equal(error.reason, "QUEUE_FULL");
  assert.deepEqual({ ...error.metadata }, { lane: "normal", limit_orders: "1" });
  await bus.manager.streams.update(DEPTH, config);
  const { jobs } = await fixture.client.listJobs(1, "");
  assert.equal(jobs[0]?.name, first.name);
  // Once a later job is published, the refused one would have been published too.
  const later = await create();
  await awaitEvent(idOf(later), "QUEUED");
  for (const { job } of (await allEvents(bus)).filter(({ atMs }) => atMs >= startedAtMs)) {
    assert.ok(await store.read(job), "every published job has a record");
  }
  for (const { name } of [first, later]) await fixture.client.cancelJob(name);
});

test("a gateway whose disk is nearly full refuses uploads", async () => {
  const client = new DepthmeshClient(full.address);
  const creating = client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
  const error = await creating.catch((thrown: unknown) => thrown);
  client.close();
  assert.ok(error instanceof DepthmeshError);
  assert.equal(error.reason, "STORAGE_FULL");
  assert.equal(error.metadata.limit_mib, "1073741824");
  assert.ok(Number(error.metadata.free_mib) > 0);
});

test("DeleteJob removes a job that has ended and refuses an unfinished one", async () => {
  const { name } = await create();
  await assert.rejects(fixture.client.deleteJob(name), { reason: "JOB_NOT_READY" });
  const ended = await stored({ state: "SUCCEEDED" });
  await fixture.client.deleteJob(`jobs/${ended}`);
  assert.equal(await store.read(ended), undefined);
  await assert.rejects(fixture.client.deleteJob(`jobs/${ended}`), { reason: "JOB_NOT_FOUND" });
  await fixture.client.cancelJob(name);
});

test("what removed quotas and webhooks leave goes with the next sweep", async () => {
  const id = newId();
  for (const [bucket, key] of [
    [buckets.tenants, "quota.gone"],
    [buckets.webhooks, id],
  ] as const) {
    await bucket.put(key, "{}");
    await bucket.delete(key);
    await eventually(
      "the deletion marker is gone",
      async () => !(await bucketKeys(bus.manager, bucket)).includes(key),
    );
  }
  assert.ok((await bucketKeys(bus.manager, buckets.tenants)).includes("page-token-key"));
});

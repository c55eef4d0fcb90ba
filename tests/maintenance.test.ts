/** What gateways look after while no worker is there: two real ones at one real nats-server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { credentials } from "@grpc/grpc-js";
import { nanos } from "nats";
import sharp from "sharp";
import { DepthmeshClient } from "../client/client.js";
import { DepthmeshError } from "../core/errors.js";
import { isNoMessage, isNothingThere } from "../kit/nats/bus-errors.js";
import { type Bus, connectBus } from "../kit/nats/connect.js";
import { callClientStream } from "../kit/rpc/client.js";
import { ServiceChild } from "../launcher/child.js";
import { cancelJob } from "../pipeline/record/cancel.js";
import { newId } from "../pipeline/record/id.js";
import { type JobRecord, newRecord } from "../pipeline/record/record.js";
import type { JobStore } from "../pipeline/record/store.js";
import { EVENTS_STREAM, workConsumer, workStream } from "../pipeline/topology/names.js";
import type { Job } from "../proto/gen/depthmesh/v1/job.js";
import { type CreateJobRequest, JobServiceClient } from "../proto/gen/depthmesh/v1/job_service.js";
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

const DEPTH = workStream("depth");
/** Longer than a busy machine lets an upload wait for its next bytes. */
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

before(async () => {
  fixture = await startFixture({ depth: 0, render: 0, encode: 0, environment: SETTINGS });
  full = new ServiceChild({
    service: "gateway",
    log: "inherit",
    environment: {
      ...SETTINGS,
      DEPTHMESH_LOG: "silent",
      DEPTHMESH_PORT: "0",
      DEPTHMESH_NATS_URL: fixture.mesh.natsUrlFor("gateway"),
      DEPTHMESH_BLOBS: join(fixture.folder, "full"),
      DEPTHMESH_TRACES: join(fixture.folder, "full"),
      DEPTHMESH_MIN_FREE_MIB: "1073741824",
    },
  });
  await full.start();
  ({ bus, store } = await connectToMesh(fixture.mesh));
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

/** The orders of a job that the depth stream holds, by sequence. */
async function orderOf(job: string): Promise<number | undefined> {
  const { state } = await bus.manager.streams.info(DEPTH);
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    try {
      const message = await bus.manager.streams.getMessage(DEPTH, { seq });
      if (message.json<{ job: string }>().job === job) return seq;
    } catch (error) {
      if (!isNoMessage(error)) throw error;
    }
  }
  return undefined;
}

/** The events of a job, oldest first. */
const eventsOf = async (id: string) => (await allEvents(bus)).filter(({ job }) => job === id);

const tell = (job: string, state: string) =>
  eventually(`the event ${state} of ${job}`, async () => {
    const events = await eventsOf(job);
    return events.some((event) => event.state === state) && events;
  });

test("an order that is lost is given again, and a job without a record has none", async () => {
  const job = idOf(await create());
  const seq = await eventually("its order", () => orderOf(job));
  await bus.manager.streams.deleteMessage(DEPTH, seq, false);
  const again = await eventually("another order", () => orderOf(job));
  assert.ok(again > seq);
  await fixture.client.cancelJob(`jobs/${job}`);
});

test("an order that NATS delivered too often makes room for another", async () => {
  const job = idOf(await create());
  const seq = await eventually("its order", () => orderOf(job));
  const { config } = await bus.manager.consumers.info(DEPTH, workConsumer("depth", "normal"));
  const worker = await connectBus(fixture.mesh.natsUrlFor("depth"), "test", bus.log);
  for (let i = 0; i < (config.max_deliver ?? 0); ) {
    const message = await worker.jetstream.pull(DEPTH, workConsumer("depth", "normal"), 5_000);
    if (message.seq === seq) i += 1;
    if (message.seq === seq) message.nak();
    // What an earlier test left.
    else message.ack();
  }
  // Asking once more is what makes the server notice.
  const pull = worker.jetstream.pull(DEPTH, workConsumer("depth", "normal"), 500);
  await assert.rejects(pull, isNothingThere);
  const again = await eventually("another order", async () => {
    const found = await orderOf(job);
    return found !== seq && found;
  });
  await worker.close();
  assert.ok(again > seq);
  await fixture.client.cancelJob(`jobs/${job}`);
});

test("a job ends when its deadline passes, and is told once, whoever looks after it", async () => {
  const job = await stored({ deadlineAtMs: Date.now() + 300 });
  const events = await tell(job, "EXPIRED");
  assert.deepEqual(
    events.map(({ number, state, error }) => [number, state, error?.reason]),
    [
      [1, "QUEUED", undefined],
      [2, "EXPIRED", "JOB_DEADLINE_EXCEEDED"],
    ],
  );
});

test("a cancelled job is told, then forgotten, and leaves no mark", async () => {
  const job = idOf(await create());
  await fixture.client.cancelJob(`jobs/${job}`);
  await tell(job, "CANCELLED");
  await eventually("its record is gone", async () => !(await store.read(job)) && true);
  await eventually("no mark is left", async () => {
    const info = await bus.manager.streams.info("KV_dm_jobs", { subjects_filter: `$KV.*.${job}` });
    return Object.keys(info.state.subjects ?? {}).length === 0;
  });
});

test("a gateway that was killed tells what it missed, and nothing twice", async () => {
  await full.stop(10_000);
  const config = { duplicate_window: nanos(100) };
  await bus.manager.streams.update(EVENTS_STREAM, config);
  // Older than any repeat that NATS would recognize: only the stream knows what was told.
  const createdAtMs = Date.now() - 300_000;
  const told = await stored({ createdAtMs });
  const missed = await stored({ createdAtMs });
  await tell(told, "QUEUED");
  await tell(missed, "QUEUED");
  const [gateway] = fixture.mesh.children("gateway");
  assert.ok(gateway?.pid);
  const killed = gateway.pid;
  process.kill(killed, "SIGKILL");
  await cancelJob(bus, store, missed);
  const events = await tell(missed, "CANCELLED");
  assert.deepEqual(
    events.map(({ number, state }) => [number, state]),
    [
      [1, "QUEUED"],
      [2, "CANCELLED"],
    ],
  );
  assert.notEqual(gateway.pid, killed);
  // It is told in the order of the records: this one's is the last.
  const later = await stored({});
  await tell(later, "QUEUED");
  assert.equal((await eventsOf(told)).length, 1);
  await full.start();
  const last = await stored({});
  await tell(last, "QUEUED");
  assert.equal((await eventsOf(told)).length, 1);
  for (const job of [told, later, last]) await cancelJob(bus, store, job);
});

test("nats-server may die: what happens around it is told once", async () => {
  const waiting = await stored({});
  await tell(waiting, "QUEUED");
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
  const events = await tell(waiting, "CANCELLED");
  assert.deepEqual(
    events.map(({ number, state }) => [number, state]),
    [
      [1, "QUEUED"],
      [2, "CANCELLED"],
    ],
  );
  const isBack = () => succeeds(fixture.client.listJobs(1, ""));
  await eventually("the gateway is connected again", isBack);
});

test("a hundred submits at once all pass", async () => {
  const size = { width: 64, height: 48, channels: 3, background: "teal" } as const;
  const photo = await sharp({ create: size }).png().toBuffer();
  const submit = () => fixture.client.createJob(smallSpec(), { photo: upload(photo) });
  const jobs = await Promise.all(Array.from({ length: 100 }, submit));
  assert.equal(new Set(jobs.map(({ name }) => name)).size, 100);
  await Promise.all(jobs.map(({ name }) => fixture.client.cancelJob(name)));
  await bus.manager.streams.purge(DEPTH);
});

test("uploads that send nothing expire, and their places are free", async () => {
  const client = new JobServiceClient(fixture.mesh.address, credentials.createInsecure());
  async function* stalling(): AsyncGenerator<CreateJobRequest> {
    const header = { spec: smallSpec(), requestId: "", validateOnly: false };
    yield { kind: { $case: "header", value: header } };
    await new Promise(() => {});
  }
  // As many as there are places.
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

test("a full queue refuses the next job with its lane and its limit, and forgets it", async () => {
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
  // A job that came later is told, and by then the refused one would have been.
  const later = await create();
  await tell(idOf(later), "QUEUED");
  for (const { job } of (await allEvents(bus)).filter(({ atMs }) => atMs >= startedAtMs)) {
    assert.ok(await store.read(job), "who is told of has a record");
  }
  for (const { name } of [first, later]) await fixture.client.cancelJob(name);
});

test("a gateway whose disk is nearly full takes no upload", async () => {
  const client = new DepthmeshClient(full.address);
  const error = await client
    .createJobFromFiles(smallSpec(), { photo: SAMPLE })
    .catch((thrown: unknown) => thrown);
  client.close();
  assert.ok(error instanceof DepthmeshError);
  assert.equal(error.reason, "STORAGE_FULL");
  assert.equal(error.metadata.limit_mib, "1073741824");
  assert.ok(Number(error.metadata.free_mib) > 0);
});

test("DeleteJob forgets a job that has ended, and no other", async () => {
  const { name } = await create();
  await assert.rejects(fixture.client.deleteJob(name), { reason: "JOB_NOT_READY" });
  const ended = await stored({ state: "SUCCEEDED" });
  await fixture.client.deleteJob(`jobs/${ended}`);
  assert.equal(await store.read(ended), undefined);
  await assert.rejects(fixture.client.deleteJob(`jobs/${ended}`), { reason: "JOB_NOT_FOUND" });
  await fixture.client.cancelJob(name);
});

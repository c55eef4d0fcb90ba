/** ListJobs shows what exists now, page by page, and reads no specs. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { toDepthmeshError } from "../../../core/errors.js";
import { briefOf } from "../../../core/spec/brief.js";
import { resolveSpec } from "../../../core/spec/resolve-spec.js";
import { type Identity, TRUSTED } from "../../../kit/rpc/identity.js";
import { markDeleted } from "../../../pipeline/record/deletion.js";
import { cancel } from "../../../pipeline/record/endings.js";
import { newId } from "../../../pipeline/record/id.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import { JobState } from "../../../proto/gen/depthmesh/v1/job.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import type { GatewayContext } from "../context.js";
import { JobIndex } from "../maintenance/job-index.js";
import { cancelJob, deleteJob, getJob, listJobs } from "./jobs.js";

const spec = resolveSpec(
  { fields: {}, motions: [], outputs: [{}], artifacts: [] },
  { models: ["auto"], maxFrames: 3600 },
);
const store = new MemoryJobStore();
const index = new JobIndex(store, pino({ level: "silent" }));
const stop = new AbortController();
let running: Promise<void>;
before(() => {
  running = index.run(stop.signal);
});
after(async () => {
  stop.abort();
  await running;
});

const list = (states: JobState[] = [], pageSize = 0, pageToken = "") =>
  listJobs({ store }, index, { pageSize, pageToken, states, labels: {} }, TRUSTED);
const namesOf = async (states: JobState[] = []) =>
  (await list(states)).jobs.map(({ name }) => name.slice("jobs/".length));

async function create(): Promise<string> {
  const record = queuedRecord({ id: newId(), tenant: "default", brief: briefOf(spec) });
  await store.create(record);
  return record.id;
}

test("a job is listed right after its creation, its change and its removal, newest first", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.unshift(await create());
    assert.deepEqual(await namesOf(), [...ids].sort().reverse());
  }
  const [first = "", second = "", third = ""] = ids;
  await updateRecord(store, first, (record) => cancel(record, Date.now()));
  assert.deepEqual(await namesOf([JobState.JOB_STATE_CANCELLED]), [first]);
  assert.equal((await namesOf([JobState.JOB_STATE_QUEUED])).includes(first), false);
  await updateRecord(store, first, (record) => markDeleted(record, Date.now()));
  assert.equal((await namesOf()).includes(first), false, "a deleted job is not listed");
  await store.remove(second);
  assert.equal((await namesOf()).includes(second), false);
  assert.equal((await namesOf()).includes(third), true);
});

test("an item of the list has the short form of its spec", async () => {
  await create();
  const { jobs } = await list([], 1);
  const listed = jobs[0]?.spec;
  assert.deepEqual([listed?.camera?.preset, listed?.model], [spec.camera.preset, "auto"]);
  assert.equal(listed?.clip?.durationSeconds, spec.clip.durationSeconds);
  assert.equal(listed?.outputs.length, 1);
});

test("pages follow each other while jobs are created", async () => {
  const expected = await namesOf();
  const seen: string[] = [];
  for (let pageToken = ""; ; ) {
    const page = await list([], 2, pageToken);
    seen.push(...page.jobs.map(({ name }) => name.slice("jobs/".length)));
    await create();
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  assert.deepEqual(seen, expected);
});

test("unknown states, and tokens of another list, are refused", async () => {
  for (const state of [JobState.JOB_STATE_UNSPECIFIED, 9, -1] as JobState[]) {
    await assert.rejects(list([state]), { reason: "PARAMETER_UNKNOWN" });
  }
  const { nextPageToken } = await list([JobState.JOB_STATE_QUEUED], 1);
  await list([JobState.JOB_STATE_QUEUED], 3, nextPageToken);
  await assert.rejects(list([], 1, nextPageToken), { reason: "PARAMETER_CONFLICT" });
  await assert.rejects(list([], 1, "x"), { reason: "PARAMETER_OUT_OF_RANGE" });
});

const OTHER: Identity = { tenant: "acme", roles: new Set(["user"]), caller: "key" };

test("the job of another tenant answers exactly like one that does not exist", async () => {
  const context = { store } as Pick<GatewayContext, "store"> as GatewayContext;
  const id = await create();
  const unknown = newId();
  const refusal = async (attempt: Promise<unknown>) => {
    const error = await attempt.then(() => assert.fail("it was answered"), toDepthmeshError);
    const { reason, message, metadata } = error;
    return JSON.stringify({ reason, message, metadata }).replaceAll(/[0-9a-z]{26}/g, "ID");
  };
  const maintenance = { waitForEvents: assert.fail, deletion: { job: assert.fail } };
  const calls = [getJob, cancelJob, deleteIn];
  function deleteIn(of: GatewayContext, request: { name: string }, identity: Identity) {
    return deleteJob(of, maintenance as never, request, identity);
  }
  for (const call of calls) {
    const [theirs, none] = await Promise.all(
      [id, unknown].map((job) => refusal(call(context, { name: `jobs/${job}` }, OTHER))),
    );
    assert.equal(theirs, none, call.name);
    assert.match(theirs ?? "", /JOB_NOT_FOUND/);
  }
  assert.equal((await store.read(id))?.record.state, "QUEUED");
  const request = { pageSize: 0, pageToken: "", states: [], labels: {} };
  assert.deepEqual((await listJobs({ store }, index, request, OTHER)).jobs, []);
});

/** ListJobs shows what exists now, page by page, and reads no specs. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { briefOf } from "../../../core/spec/brief.js";
import { resolveSpec } from "../../../core/spec/resolve-spec.js";
import { type Identity, TRUSTED } from "../../../kit/rpc/identity.js";
import { markDeleted } from "../../../pipeline/record/deletion.js";
import { cancel } from "../../../pipeline/record/endings.js";
import { newId } from "../../../pipeline/record/id.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import { JobState } from "../../../proto/gen/depthmesh/v1/job.js";
import { ListJobsRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import {
  type CataloguePlace,
  embeddedPlace,
  madeCatalogue,
} from "../../../testing/catalogue/open-catalogue.js";
import { eventually } from "../../../testing/eventually.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import type { Catalogue } from "../catalogue/catalogue.js";
import { JobIndex } from "../maintenance/job-index.js";
import { JobOutlook } from "../outlook/job-outlook.js";
import { listJobs } from "./list-jobs.js";
import { PageTokens } from "./page-tokens.js";

const spec = resolveSpec(
  { fields: {}, motions: [], outputs: [{}], artifacts: [] },
  { models: ["auto"], maxFrames: 3600 },
);
const ACME: Identity = { tenant: "acme", roles: new Set(["user"]), caller: "key" };
const pageTokens = new PageTokens(new Uint8Array(32));
const store = new MemoryJobStore();
let reads = 0;
const counted = {
  outlook: new JobOutlook({ live: new Map() }),
  pageTokens,
  store: Object.assign(Object.create(store) as MemoryJobStore, {
    read: (id: string) => {
      reads += 1;
      return store.read(id);
    },
  }),
};
let place: CataloguePlace;
let catalogue: Catalogue;
let index: JobIndex;
const stop = new AbortController();
let running: Promise<unknown>;
before(async () => {
  place = await embeddedPlace();
  catalogue = madeCatalogue(place, store, { isThere: false });
  index = new JobIndex(store, pino({ level: "silent" }), {
    startingPoint: async () => undefined,
    take: (change) => catalogue.take(change),
  });
  running = Promise.all([index.run(stop.signal), catalogue.run(stop.signal)]);
});
after(async () => {
  stop.abort();
  await running;
  await catalogue.close();
  await place.remove();
});

type Request = Partial<ListJobsRequest>;
const ask = (request: Request = {}, identity = TRUSTED) =>
  listJobs(
    counted,
    { index, catalogue },
    { ...ListJobsRequest.fromPartial({}), ...request },
    identity,
  );
const list = (states: JobState[] = [], pageSize = 0, pageToken = "") =>
  ask({ pageSize, pageToken, states });
const namesIn = async (page: ReturnType<typeof ask>) =>
  (await page).jobs.map(({ name }) => name.slice("jobs/".length));
const namesOf = (states: JobState[] = []) => namesIn(list(states));

async function create(change: Partial<JobRecord> = {}): Promise<string> {
  const made = {
    id: newId(change.createdAtMs),
    tenant: "default",
    brief: briefOf(spec),
    ...change,
  };
  await store.create(queuedRecord(made));
  return made.id;
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

test("pages follow each other while jobs come and go", async () => {
  const expected = await namesOf();
  const seen: string[] = [];
  for (let pageToken = ""; ; ) {
    const page = await list([], 2, pageToken);
    seen.push(...page.jobs.map(({ name }) => name.slice("jobs/".length)));
    await create();
    // The item that the token names, too.
    await store.remove(seen.at(-1) ?? "");
    pageToken = page.nextPageToken;
    if (pageToken === "") break;
  }
  assert.deepEqual(seen, expected);
});

test("unknown states, and tokens of another list or tenant, are refused", async () => {
  for (const state of [JobState.JOB_STATE_UNSPECIFIED, 9, -1] as JobState[]) {
    await assert.rejects(list([state]), { reason: "PARAMETER_UNKNOWN" });
  }
  const states = [JobState.JOB_STATE_QUEUED];
  const { nextPageToken: pageToken } = await list(states, 1);
  await list(states, 3, pageToken);
  const others: Request[] = [
    { pageToken },
    { pageToken, states, labels: { album: "a" } },
    { pageToken, states, createdFrom: new Date(0) },
    { pageToken, states, createdBefore: new Date(0) },
    { pageToken, states, tenant: "*" },
  ];
  for (const other of others) {
    await assert.rejects(ask(other), { reason: "PARAMETER_CONFLICT" }, JSON.stringify(other));
  }
  const refused = { reason: "PARAMETER_OUT_OF_RANGE" };
  await assert.rejects(list([], 1, "x"), refused);
  await assert.rejects(ask({ pageToken, states }, { ...TRUSTED, tenant: "acme" }), refused);
});

test("labels, times and states together choose the jobs", async () => {
  const [early = "", late = ""] = await Promise.all(
    [1_000, 2_000].map((createdAtMs) =>
      create({ createdAtMs, labels: { album: "sea", photo: "a.jpg" } }),
    ),
  );
  const plain = await create({ createdAtMs: 1_500 });
  const times = { createdFrom: new Date(1_000), createdBefore: new Date(2_001) };
  const inTime = await namesIn(ask(times));
  assert.deepEqual(inTime, [early, late, plain].sort().reverse());
  const sea = { album: "sea" };
  assert.deepEqual((await namesIn(ask({ labels: sea }))).sort(), [early, late].sort());
  assert.deepEqual(await namesIn(ask({ labels: sea, createdFrom: new Date(1_001) })), [late]);
  const before = { createdBefore: new Date(2_000) };
  assert.deepEqual(await namesIn(ask({ labels: sea, ...before })), [early]);
  assert.deepEqual(await namesIn(ask({ labels: { ...sea, photo: "b.jpg" } })), []);
  for (const key of ["constructor", "__proto__"]) {
    const labels = JSON.parse(`{"${key}":""}`) as Record<string, string>;
    assert.deepEqual(await namesIn(ask({ labels })), [], key);
  }
  const ended = { labels: sea, states: [JobState.JOB_STATE_CANCELLED] };
  assert.deepEqual(await namesIn(ask(ended)), []);
  await updateRecord(store, late, (record) => cancel(record, Date.now()));
  assert.deepEqual(await namesIn(ask(ended)), [late], "an ended job keeps its labels");
});

test("filters that are wrong are refused", async () => {
  const wrong: Request[] = [
    { labels: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, ""])) },
    { labels: { "a b": "" } },
    { createdFrom: new Date(Number.NaN) },
    { tenant: "Acme" },
    { tenant: "" },
  ];
  for (const request of wrong) {
    await assert.rejects(ask(request), { reason: "PARAMETER_OUT_OF_RANGE" });
  }
  const turned = { createdFrom: new Date(2), createdBefore: new Date(1) };
  await assert.rejects(ask(turned), { reason: "PARAMETER_CONFLICT" });
});

test("a caller lists its own tenant's jobs, and an operator those of any", async () => {
  const theirs = await create({ tenant: "acme" });
  assert.deepEqual(await namesIn(ask({}, ACME)), [theirs]);
  assert.deepEqual(await namesIn(ask({ tenant: "acme" }, ACME)), [theirs]);
  for (const tenant of ["default", "*", "nobody", "\n"]) {
    await assert.rejects(ask({ tenant }, ACME), { reason: "ROLE_REQUIRED" }, tenant);
  }
  assert.equal((await namesOf()).includes(theirs), false, "unless it asks for them");
  assert.deepEqual(await namesIn(ask({ tenant: "acme" })), [theirs]);
  assert.equal((await namesIn(ask({ tenant: "*" }))).includes(theirs), true);
  assert.deepEqual(await namesIn(ask({ tenant: "nobody" })), []);
});

test("a page of a rare label among 20 000 jobs reads its own records, and is quick", async () => {
  const nowMs = Date.now();
  const rare = new Set([3, 7_000, 19_999]);
  for (let i = 0; i < 20_000; i++) {
    const labels = { kind: rare.has(i) ? "rare" : "common" };
    await create({ id: newId(nowMs - 100_000 + i), tenant: "many", labels });
  }
  await eventually("the catalogue has them", async () => {
    const revision = await index.upToDate();
    return catalogue.reaches(revision).then(
      () => true,
      () => undefined,
    );
  });
  const many = { ...TRUSTED, tenant: "many" };
  reads = 0;
  const cpu = process.cpuUsage();
  const { jobs, nextPageToken } = await ask({ labels: { kind: "rare" } }, many);
  const { user, system } = process.cpuUsage(cpu);
  assert.deepEqual([jobs.length, nextPageToken, reads], [3, "", 3]);
  assert.ok(user + system < 200_000, `${(user + system) / 1000} ms of the processor`);
  reads = 0;
  await ask({ pageSize: 10, createdFrom: new Date(0) }, many);
  assert.equal(reads, 11);
});

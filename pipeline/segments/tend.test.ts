/** What gateways read and write while they tend the segments of one clip. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { queuedRecord } from "../../testing/record/made-records.js";
import { MemoryJobStore } from "../../testing/record/memory-store.js";
import type { Division } from "../record/division.js";
import { type JobRecord, withProgress, withStage } from "../record/record.js";
import { type ReadOptions, updateRecord, type Versioned } from "../record/store.js";
import { segmentIds } from "./segment-record.js";
import { isTendingDue, type TendParts, tendSegments } from "./tend.js";

const ID = "0".repeat(26);
const SEGMENTS = 20;
const DIVISION: Division = {
  ...{ id: "a", quality: "fast", traceParent: "", retries: 0 },
  ranges: Array.from({ length: SEGMENTS }, (_, i) => ({ firstFrame: 10 * i, frames: 10 })),
};

interface Mesh {
  readonly store: MemoryJobStore;
  readonly parts: TendParts;
  /** Ids that were read, in order. */
  readonly reads: string[];
}

/** A store with a job that render has divided, and its segments where they are made. */
async function mesh(
  read: (
    store: MemoryJobStore,
    id: string,
    options?: ReadOptions,
  ) => Promise<Versioned | undefined>,
): Promise<Mesh> {
  const store = new MemoryJobStore();
  const job = withStage(queuedRecord({ id: ID, state: "RENDER" }), "render", { done: true });
  await store.create(job);
  await updateRecord(store, ID, (record) => ({ ...record, division: DIVISION }));
  const reads: string[] = [];
  const parts: TendParts = {
    store: {
      create: (record) => store.create(record),
      replace: (record, revision) => store.replace(record, revision),
      remove: (id, revision) => store.remove(id, revision),
      read: (id, options) => {
        reads.push(id);
        return read(store, id, options);
      },
    },
    publish: async () => {},
    hint: () => {},
  };
  await tendSegments(parts, ID);
  reads.length = 0;
  return { store, parts, reads };
}

async function known({ store }: Mesh): Promise<Versioned[]> {
  const all = await Promise.all(segmentIds(ID, DIVISION).map((id) => store.read(id)));
  return all.flatMap((found) => found ?? []);
}

const directly = (store: MemoryJobStore, id: string) => store.read(id);
const job = async ({ store }: Mesh): Promise<JobRecord> =>
  (await store.read(ID))?.record ?? assert.fail("there is no job");

test("progress of a segment is nothing to do until it is a hundredth of the job's", async () => {
  const made = await mesh(directly);
  const [first = ""] = segmentIds(ID, DIVISION);
  assert.equal(isTendingDue(await job(made), await known(made), 0), false, "nothing has changed");
  const reach = (fraction: number) =>
    updateRecord(made.store, first, (record) => withProgress(record, "render", fraction));
  await reach(0.1);
  assert.equal(isTendingDue(await job(made), await known(made), 0), false, "half a hundredth");
  await reach(0.3);
  assert.equal(isTendingDue(await job(made), await known(made), 0), true);
  await updateRecord(made.store, first, (record) => ({ ...record, state: "FAILED" }));
  assert.equal(isTendingDue(await job(made), await known(made), 0), true, "its end");
  assert.equal(isTendingDue(await job(made), (await known(made)).slice(1), 0), true, "one missing");
  assert.equal(isTendingDue(undefined, await known(made), 0), true, "the job has ended");
  assert.equal(isTendingDue(undefined, [], 0), false);
});

test("a change of one segment reads the job, and no segment that was seen", async () => {
  const made = await mesh(directly);
  const [first = "", second = ""] = segmentIds(ID, DIVISION);
  await updateRecord(made.store, first, (record) => withProgress(record, "render", 1));
  await tendSegments(made.parts, ID, await known(made));
  assert.deepEqual(made.reads, [ID]);
  assert.equal((await job(made)).progress.render, 1 / SEGMENTS);
  const others = (await known(made)).filter(({ record }) => record.id !== second);
  made.reads.length = 0;
  await tendSegments(made.parts, ID, others);
  assert.ok(made.reads.includes(second), "what was not seen is read");
  assert.ok(!made.reads.includes(first));
});

test("a leader that lags behind the division does not end its segments", async () => {
  let before: Versioned | undefined;
  const made = await mesh(async (store, id, { atLeast = 0 } = {}) => {
    if (id !== ID || !before || atLeast > before.revision) return store.read(id);
    return before;
  });
  const { division: _, ...undivided } = await job(made);
  before = { record: undivided, revision: 1 };
  await tendSegments(made.parts, ID, await known(made));
  const states = (await known(made)).map(({ record }) => record.state);
  assert.deepEqual(states, Array(SEGMENTS).fill("QUEUED"));
  // Where the job is divided no more, they end.
  before = undefined;
  await updateRecord(made.store, ID, () => undivided);
  await tendSegments(made.parts, ID, await known(made));
  assert.ok((await known(made)).every(({ record }) => record.state === "CANCELLED"));
});

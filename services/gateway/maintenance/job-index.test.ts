/** The job index follows the store and forgets removed jobs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { DepthmeshError } from "../../../core/errors.js";
import { cancel } from "../../../pipeline/record/endings.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import { queuedRecord } from "../../../testing/record/made-records.js";
import { MemoryJobStore } from "../../../testing/record/memory-store.js";
import { JobIndex } from "./job-index.js";

test("the index keeps whole records of unfinished jobs, and nothing of others", async () => {
  const store = new MemoryJobStore();
  await store.create(queuedRecord({ id: "first", createdAtMs: 4_000, labels: { album: "a" } }));
  const index = new JobIndex(store, pino({ level: "silent" }));
  const changes: string[] = [];
  const stop = new AbortController();
  const over = new Promise<void>((resolve) => {
    index.listen({
      onRecord: ({ id, state }) => changes.push(`${id} ${state}`),
      onRemoved: (id) => {
        changes.push(`${id} removed`);
        resolve();
      },
    });
  });
  const running = index.run(stop.signal);
  await store.create(queuedRecord({ id: "second" }));
  await updateRecord(store, "first", (record) => cancel(record, 5_000));
  await store.remove("second");
  await over;
  assert.deepEqual([...index.live], []);
  assert.deepEqual([...index.countLive()], []);
  assert.deepEqual(changes.slice(-2), ["first CANCELLED", "second removed"]);
  stop.abort();
  await running;
});

test("a watch that breaks is opened again", async () => {
  const store = new MemoryJobStore();
  await store.create(queuedRecord());
  let opened = 0;
  const stop = new AbortController();
  const breaking = {
    async *watchAll(signal: AbortSignal) {
      opened += 1;
      if (opened === 1) throw new Error("broken");
      yield* store.watchAll(signal);
    },
    lastRevision: () => store.lastRevision(),
    read: (id: string) => store.read(id),
  };
  const index = new JobIndex(breaking, pino({ level: "silent" }));
  index.listen({ onRecord: () => stop.abort() });
  await index.run(stop.signal);
  assert.deepEqual([opened, index.live.has("j")], [2, true]);
});

test("segments of a job are no jobs, and tell only those who ask for them", async () => {
  const store = new MemoryJobStore();
  await store.create(queuedRecord({ id: "job" }));
  await store.create({ ...queuedRecord({ id: "part" }), segmentOf: "job" });
  const index = new JobIndex(store, pino({ level: "silent" }));
  const told: string[] = [];
  const stop = new AbortController();
  index.listen({
    onRecord: ({ id }) => told.push(id),
    onSegment: ({ id }) => {
      told.push(`segment ${id}`);
      stop.abort();
    },
  });
  await index.run(stop.signal);
  assert.deepEqual(told, ["job", "segment part"]);
  assert.deepEqual([...index.live.keys()], ["job"]);
  assert.deepEqual(index.segments.of("job"), [await store.read("part")]);
  assert.equal(index.liveOf("t"), 1);
  index.forget("part");
  assert.equal(index.segments.size, 0);
});

test("where the catalogue has come to, the watch begins, and only the records that it names are read", async () => {
  const store = new MemoryJobStore();
  for (const id of ["old", "live", "new"]) await store.create(queuedRecord({ id }));
  const told: string[] = [];
  const taken: string[] = [];
  const stop = new AbortController();
  const index = new JobIndex(store, pino({ level: "silent" }), {
    startingPoint: async () => ({
      after: { ...(await store.position()), revision: 2 },
      ids: ["live", "gone"],
    }),
    take: (change) => {
      taken.push(change.kind === "put" ? change.record.id : change.kind);
      if (change.kind === "current") stop.abort();
    },
  });
  index.listen({ onRecord: ({ id }) => told.push(id) });
  await index.run(stop.signal);
  assert.deepEqual(told, ["live", "new"]);
  assert.deepEqual(taken, ["new", "current"]);
});

test("while the catalogue is being opened, whoever asks is told to come back", async () => {
  const store = new MemoryJobStore();
  await store.create(queuedRecord({ id: "job" }));
  let open = () => {};
  const opened = new Promise<undefined>((resolve) => {
    open = () => resolve(undefined);
  });
  const index = new JobIndex(store, pino({ level: "silent" }), {
    startingPoint: () => opened,
    take: () => {},
  });
  const stop = new AbortController();
  const running = index.run(stop.signal);
  // Waits with a limit do not keep a process alive.
  const alive = setInterval(() => {}, 1_000);
  await assert.rejects(index.upToDate(), { reason: "CATALOGUE_UNAVAILABLE" });
  clearInterval(alive);
  open();
  assert.equal(await index.upToDate(), await store.lastRevision());
  stop.abort();
  await running;
});

test("a record that NATS does not give at the start is read again, and not all are followed", async () => {
  const store = new MemoryJobStore();
  for (const id of ["old", "live"]) await store.create(queuedRecord({ id }));
  let failures = 2;
  const failing: ConstructorParameters<typeof JobIndex>[0] = {
    read: async (id) => {
      if (failures-- > 0) throw new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer");
      return store.read(id);
    },
    lastRevision: () => store.lastRevision(),
    watchAll: (signal, after) => store.watchAll(signal, after),
  };
  const told: string[] = [];
  const stop = new AbortController();
  const index = new JobIndex(failing, pino({ level: "silent" }), {
    startingPoint: async () => ({ after: await store.position(), ids: ["live"] }),
    take: (change) => void (change.kind === "current" && stop.abort()),
  });
  index.listen({ onRecord: ({ id }) => told.push(id) });
  const alive = setInterval(() => {}, 1_000);
  await index.run(stop.signal);
  clearInterval(alive);
  assert.deepEqual(told, ["live"]);
});

/** The conformance suite of job stores: every implementation must pass it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newId } from "../../pipeline/record/id.js";
import {
  isTerminal,
  type JobRecord,
  newRecord,
  withProgress,
} from "../../pipeline/record/record.js";
import {
  type JobStore,
  type StoreChange,
  updateRecord,
  waitForRecord,
} from "../../pipeline/record/store.js";

function job(id = newId()): JobRecord {
  const names = { tenant: "t", specBlob: "s", photoBlob: "p", traceId: "0" };
  return newRecord({ ...names, id, lane: "normal", lastStage: "encode", nowMs: Date.now() });
}

const advanced = (record: JobRecord) => withProgress(record, "depth", record.progress.depth + 0.01);

/** Defines the tests; nothing else may change the store meanwhile. */
export function jobStoreConformance(name: string, store: () => JobStore): void {
  test(`${name}: a created record is read back, and its id cannot be created twice`, async () => {
    const record = job();
    assert.ok(await store().create(record));
    assert.deepEqual((await store().read(record.id))?.record, record);
    assert.equal(await store().create({ ...record, tenant: "other" }), undefined);
    assert.equal((await store().read(record.id))?.record.tenant, "t");
    assert.equal(await store().read(newId()), undefined);
  });

  test(`${name}: a record is replaced only at its newest revision`, async () => {
    const record = job();
    await store().create(record);
    const first = await store().read(record.id);
    assert.ok(first);
    const second = await store().replace(advanced(record), first.revision);
    assert.ok(second !== undefined && second > first.revision);
    assert.equal(await store().replace(record, first.revision), undefined);
    const current = await store().read(record.id);
    assert.deepEqual(current, { record: advanced(record), revision: second });
  });

  test(`${name}: concurrent changes are all made`, async () => {
    const record = job();
    await store().create(record);
    const changes = Array.from({ length: 20 }, () => updateRecord(store(), record.id, advanced));
    await Promise.all(changes);
    const after = await store().read(record.id);
    assert.equal(after?.record.progress.depth.toFixed(2), "0.20");
  });

  test(`${name}: a known record that is outdated is read again`, async () => {
    const record = job();
    await store().create(record);
    const known = await store().read(record.id);
    await updateRecord(store(), record.id, advanced);
    const left = await updateRecord(
      store(),
      record.id,
      ({ progress }) => (progress.depth === 0 ? record : undefined),
      known,
    );
    assert.equal(left.changed, false);
    assert.equal(left.record.progress.depth, 0.01);
  });

  test(`${name}: a removed record is gone, and its id can be created again`, async () => {
    const record = job();
    await store().create(record);
    await store().remove(record.id);
    await store().remove(record.id);
    assert.equal(await store().read(record.id), undefined);
    await assert.rejects(updateRecord(store(), record.id, advanced), { reason: "JOB_NOT_FOUND" });
    assert.ok(await store().create(record));
  });

  test(`${name}: a record that was changed meanwhile is not removed`, async () => {
    const record = job();
    await store().create(record);
    const first = await store().read(record.id);
    assert.ok(first);
    const second = await store().replace(advanced(record), first.revision);
    assert.equal(await store().remove(record.id, first.revision), false);
    assert.ok(await store().read(record.id));
    assert.equal(await store().remove(record.id, second), true);
    assert.equal(await store().read(record.id), undefined);
    assert.ok(await store().create(record));
  });

  test(`${name}: ids come newest first`, async () => {
    const ids = [newId(1_000), newId(3_000), newId(2_000)];
    for (const id of ids) await store().create(job(id));
    const [first, last, middle] = ids;
    const listed = (await store().ids()).filter((id) => ids.includes(id));
    assert.deepEqual(listed, [last, middle, first]);
  });

  test(`${name}: a watch yields the record and its changes, and ends with its signal`, async () => {
    const record = job();
    await store().create(record);
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const { progress } of store().watch(record.id, stop.signal)) {
      seen.push(progress.depth);
      if (seen.length === 1) await updateRecord(store(), record.id, advanced);
      else stop.abort();
    }
    assert.deepEqual(seen, [0, 0.01]);
  });

  test(`${name}: a watch ends when its record is removed`, { timeout: 10_000 }, async () => {
    const record = job();
    await store().create(record);
    const { signal } = new AbortController();
    for await (const { id } of store().watch(record.id, signal)) await store().remove(id);
    const wait = waitForRecord(store(), record.id, signal, isTerminal);
    await assert.rejects(wait, { reason: "JOB_NOT_FOUND" });
  });

  test(`${name}: a wait ends when its record is removed`, { timeout: 10_000 }, async () => {
    const record = job();
    await store().create(record);
    const { signal } = new AbortController();
    const looks: number[] = [];
    const wait = waitForRecord(store(), record.id, signal, (current) => {
      // The second look is the watch's.
      if (looks.push(current.progress.depth) === 2) void store().remove(current.id);
      return false;
    });
    await assert.rejects(wait, { reason: "JOB_NOT_FOUND" });
    assert.deepEqual(looks, [0, 0]);
  });

  test(`${name}: a watch of all records yields the existing ones, then "current", then changes`, async () => {
    const existing = job();
    const temporary = job();
    await store().create(existing);
    const stop = new AbortController();
    const seen: StoreChange[] = [];
    for await (const change of store().watchAll(stop.signal)) {
      const isOurs =
        change.kind === "current" ||
        [existing.id, temporary.id].includes(change.kind === "put" ? change.record.id : change.id);
      if (!isOurs) continue;
      seen.push(change);
      if (change.kind === "current" && seen.filter(({ kind }) => kind === "current").length === 1) {
        await store().create(temporary);
        await store().remove(temporary.id);
      }
      if (change.kind === "removed" && change.id === temporary.id) stop.abort();
    }
    const ids = seen.map((change) =>
      change.kind === "put" ? change.record.id : change.kind === "removed" ? change.id : "",
    );
    assert.equal(ids[0], existing.id);
    assert.ok(ids.indexOf("") > 0, "existing records come before the marker");
    assert.equal(ids.at(-1), temporary.id);
  });
}

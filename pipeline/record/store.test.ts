/** Changing a record where an answer of the store may be older than one before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { queuedRecord } from "../../testing/record/made-records.js";
import { type ReadOptions, updateRecord } from "./store.js";

test("nothing older is read than what is known, and after a conflict nothing that has lost", async () => {
  const record = queuedRecord();
  const asked: (number | undefined)[] = [];
  let newest = 9;
  const store = {
    read: async (_id: string, { atLeast }: ReadOptions = {}) => {
      asked.push(atLeast);
      return { record, revision: newest };
    },
    replace: async (_record: unknown, revision: number) =>
      revision === newest ? revision + 1 : undefined,
  };
  const change = () => record;
  const after = await updateRecord(store, record.id, change, { record, revision: 5 });
  assert.deepEqual([after.revision, asked], [10, [6]]);
  asked.length = 0;
  const unchanged = await updateRecord(store, record.id, () => undefined, { record, revision: 9 });
  assert.deepEqual([unchanged.changed, asked], [false, [9]]);
  asked.length = 0;
  newest = 12;
  await updateRecord(store, record.id, change);
  assert.deepEqual(asked, [undefined]);
});

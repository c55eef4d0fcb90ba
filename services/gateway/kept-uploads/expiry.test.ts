/** Uploads whose time is over, also those that another gateway has removed before. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../../../kit/log.js";
import { newId } from "../../../pipeline/record/id.js";
import { removeExpiredUploads } from "./expiry.js";
import type { UploadRecord } from "./upload-record.js";

const log = createLog("silent", { service: "test", worker: "test" });

function record(expiresAtMs: number, sha256: string | null): UploadRecord {
  const times = { createdAtMs: 0, expiresAtMs };
  return {
    id: newId(),
    tenant: "one",
    ...times,
    sizeBytes: 1,
    committedBytes: 1,
    file: null,
    sha256,
  };
}

test("an index forgets what has no record, removes what has expired, and keeps what was continued", async () => {
  const sha256 = "1".repeat(64);
  const [expired, continued] = [record(1, sha256), record(Date.now() + 60_000, null)];
  const records = new Map([expired, continued].map((stored) => [stored.id, stored]));
  const ghost = newId();
  const forgotten: string[] = [];
  const deleted: string[] = [];
  await removeExpiredUploads({
    uploads: {
      isWritten: () => false,
      remove: async (id, mayRemove) => {
        const found = records.get(id);
        if (!found || !mayRemove(found)) return undefined;
        records.delete(id);
        return found;
      },
      records: {
        read: async (id) => {
          const found = records.get(id);
          return found && { record: found, revision: 1 };
        },
      },
    },
    index: {
      expired: () => [ghost, expired.id, continued.id],
      forget: (id) => void forgotten.push(id),
    },
    deletion: { unowned: async (removed) => void deleted.push(...removed) },
    log,
  });
  assert.deepEqual(forgotten, [ghost]);
  assert.deepEqual(deleted, [sha256]);
  assert.deepEqual([...records.keys()], [continued.id]);
});

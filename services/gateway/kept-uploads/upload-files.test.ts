/** Which uploads a job may take, and what a header with a wrong one is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { collect } from "../../../kit/rpc/chunks.js";
import { newId } from "../../../pipeline/record/id.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { filesOfUploads } from "./upload-files.js";
import type { UploadRecord } from "./upload-record.js";
import { UploadRecords } from "./upload-records.js";

const BYTES = Buffer.from("a photo");
const SHA256 = "ab".repeat(32);

const record: UploadRecord = {
  ...{ id: newId(), tenant: "one", createdAtMs: 0, expiresAtMs: Date.now() + 60_000 },
  ...{ sizeBytes: null, committedBytes: BYTES.length, file: null, sha256: SHA256 },
};

/** A gateway with these uploads and one blob. */
async function gateway(...records: UploadRecord[]) {
  const uploads = { records: new UploadRecords(new MemoryBucket()) };
  for (const record of records) await uploads.records.create(record);
  const blobs = {
    async *read(sha256: string) {
      if (sha256 !== SHA256) throw new DepthmeshError("BLOB_NOT_FOUND", "gone");
      yield BYTES;
    },
  };
  return { blobs, uploads };
}

const refused = (reason: string, field: string) => (error: unknown) => {
  assert.ok(error instanceof DepthmeshError, String(error));
  assert.deepEqual([error.reason, error.metadata.field], [reason, field]);
  return true;
};
const name = `uploads/${record.id}`;

test("a finished upload is a file of the job; what the header does not name is absent", async () => {
  const { photo, sound } = await filesOfUploads(
    await gateway(record),
    { tenant: "one" },
    { soundUpload: name },
  );
  assert.equal(photo, undefined);
  assert.deepEqual([sound?.sha256, sound?.sizeBytes], [SHA256, BYTES.length]);
  assert.ok(sound);
  assert.deepEqual(await collect(sound.chunks()), BYTES);
});

test("an upload that is unknown, another tenant's or expired is not found, in the same words", async () => {
  const expired = { ...record, expiresAtMs: Date.now() - 1 };
  const messages = new Set<string>();
  for (const [mesh, tenant] of [
    [await gateway(), "one"],
    [await gateway(record), "two"],
    [await gateway(expired), "one"],
  ] as const) {
    const found = filesOfUploads(mesh, { tenant }, { photoUpload: name });
    await assert.rejects(found, refused("UPLOAD_NOT_FOUND", "photo_upload"));
    await found.catch(({ message, metadata }) => messages.add(JSON.stringify([message, metadata])));
  }
  assert.equal(messages.size, 1);
  for (const wrong of ["", "uploads/", "jobs/x", `${name}/`, "uploads/../../etc/passwd"]) {
    await assert.rejects(
      filesOfUploads(await gateway(record), { tenant: "one" }, { depthMapUpload: wrong }),
      refused("UPLOAD_NOT_FOUND", "depth_map_upload"),
    );
  }
});

test("an upload that is not finished, or whose bytes are removed meanwhile, is refused", async () => {
  const unfinished = await gateway({ ...record, sha256: null });
  await assert.rejects(
    filesOfUploads(unfinished, { tenant: "one" }, { photoUpload: name }),
    refused("UPLOAD_INCOMPLETE", "photo_upload"),
  );
  const lost = await gateway({ ...record, sha256: "cd".repeat(32) });
  const { photo } = await filesOfUploads(lost, { tenant: "one" }, { photoUpload: name });
  assert.ok(photo);
  await assert.rejects(collect(photo.chunks()), { reason: "UPLOAD_NOT_FOUND" });
});

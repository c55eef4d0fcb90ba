/**
 * The life of an upload between its parts: over another process, a lost answer, a torn file, and
 * the way to a blob. Real files, a bucket in memory.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFile, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { DepthmeshError } from "../../../core/errors.js";
import { BlobClaims } from "../../../kit/blobs/claims.js";
import { FileBlobStore } from "../../../kit/blobs/file-store.js";
import { newId } from "../../../pipeline/record/id.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { refusal } from "../../../testing/refusal.js";
import { CountedQuota } from "../../../testing/uploads/counted-quota.js";
import { KeptUploads } from "./kept-uploads.js";
import type { UploadRecord } from "./upload-record.js";
import type { UploadWriter } from "./upload-writer.js";

let folder: string;
let bucket: MemoryBucket;
let blobs: FileBlobStore;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-kept-"));
});
after(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  bucket = new MemoryBucket();
  blobs = await FileBlobStore.open(folder);
});

/** A gateway process; each has the same folder and bucket. */
function process(): Promise<KeptUploads> {
  const config = { blobFolder: folder, uploadExpiryMs: 60_000, diskReserveMib: 0 };
  return KeptUploads.open({
    ...{ blobs, claims: new BlobClaims(), quotas: new CountedQuota() },
    ...{ config, buckets: { uploads: bucket } },
  });
}

const create = async (uploads: KeptUploads) => (await uploads.create("one", newId(), null)).id;

async function writerOf(uploads: KeptUploads, id: string): Promise<UploadWriter> {
  const writer = await uploads.openWriter(await uploads.records.of("one", id));
  return writer ?? assert.fail("the committed bytes are lost");
}

async function append(uploads: KeptUploads, id: string, bytes: Uint8Array): Promise<void> {
  const writer = await writerOf(uploads, id);
  await writer.append(bytes);
  await writer.commit();
  await writer.close();
}

async function finish(uploads: KeptUploads, id: string): Promise<UploadRecord> {
  const writer = await writerOf(uploads, id);
  const finished = await uploads.finish(writer, await writer.commit());
  await writer.close();
  return finished;
}

const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const filesOf = async (id: string) =>
  (await readdir(join(folder, "uploads"))).filter((name) => name.startsWith(id));
const blobOf = ({ sha256 }: UploadRecord) =>
  readFile(join(folder, sha256?.slice(0, 2) ?? "", sha256 ?? ""));

test("another process goes on with a copy, which the first one cannot reach", async () => {
  const [first, second] = [await process(), await process()];
  const id = await create(first);
  const [one, two, late] = [randomBytes(300_000), randomBytes(1_000), randomBytes(5_000)];
  const older = await writerOf(first, id);
  await older.append(one);
  await older.commit();
  await append(second, id, two);
  await older.append(late);
  assert.equal((await refusal(older.commit())).reason, "UPLOAD_SUPERSEDED");
  await older.close();
  const finished = await finish(second, id);
  const whole = Buffer.concat([one, two]);
  assert.deepEqual([finished.sha256, finished.committedBytes], [sha256Of(whole), whole.length]);
  assert.deepEqual(await blobOf(finished), whole);
});

test("bytes that were written and not committed are cut off", async () => {
  const uploads = await process();
  const id = await create(uploads);
  const kept = randomBytes(10_000);
  await append(uploads, id, kept);
  const torn = await writerOf(uploads, id);
  await torn.append(randomBytes(700_000));
  await torn.close();
  const [file = ""] = await filesOf(id);
  await appendFile(join(folder, "uploads", file), "more of them");
  const end = randomBytes(50);
  await append(uploads, id, end);
  const finished = await finish(uploads, id);
  assert.deepEqual(await blobOf(finished), Buffer.concat([kept, end]));
  assert.deepEqual(await filesOf(id), []);
});

test("an upload whose file is lost begins again from nothing", async () => {
  const uploads = await process();
  const id = await create(uploads);
  await append(uploads, id, randomBytes(1_000));
  for (const file of await filesOf(id)) await rm(join(folder, "uploads", file));
  const current = await uploads.records.of("one", id);
  assert.equal(await uploads.openWriter(current), undefined);
  assert.equal((await uploads.records.of("one", id)).record.committedBytes, 0);
  const bytes = randomBytes(500);
  await append(uploads, id, bytes);
  assert.deepEqual(await blobOf(await finish(uploads, id)), bytes);
});

test("a commit that was stored, and whose answer was lost, is no conflict", async () => {
  const uploads = await process();
  const id = await create(uploads);
  const writer = await writerOf(uploads, id);
  await writer.append(Buffer.from("bytes"));
  const update = bucket.update.bind(bucket);
  bucket.update = async (key, value, revision) => {
    bucket.update = update;
    await update(key, value, revision);
    return update(key, value, revision);
  };
  assert.equal((await writer.commit()).committedBytes, 5);
  await writer.append(Buffer.from(" more"));
  assert.equal((await writer.commit()).committedBytes, 10);
  await writer.close();
});

test("bytes after a finish whose record was not written do not change the blob", async () => {
  const uploads = await process();
  const id = await create(uploads);
  const bytes = randomBytes(2_000);
  await append(uploads, id, bytes);
  bucket.update = () => Promise.reject(new Error("NATS is away"));
  const writer = await writerOf(uploads, id);
  const committed = await writer.commit();
  await assert.rejects(uploads.finish(writer, committed));
  await writer.close();
  bucket.update = MemoryBucket.prototype.update;
  const sha256 = sha256Of(bytes);
  assert.deepEqual(await blobOf({ ...committed, sha256 }), bytes);
  await append(uploads, id, Buffer.from("tail"));
  assert.deepEqual(await blobOf({ ...committed, sha256 }), bytes);
  assert.equal((await finish(uploads, id)).committedBytes, 2_004);
});

test("a removed upload ends its writer; what no record names is cleared when it is old", async () => {
  const uploads = await process();
  const id = await create(uploads);
  await append(uploads, id, randomBytes(100));
  let begun = () => {};
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const ended = uploads.asWriter(id, async (newer) => {
    begun();
    await once(newer, "abort");
    return newer.reason.reason;
  });
  await isBegun;
  assert.equal((await uploads.remove(id, () => true))?.id, id);
  assert.equal(await ended, "UPLOAD_NOT_FOUND");
  assert.deepEqual(await filesOf(id), []);
  assert.equal((await refusal(uploads.records.of("one", id))).reason, "UPLOAD_NOT_FOUND");

  const kept = await create(uploads);
  await append(uploads, kept, randomBytes(100));
  const [own = ""] = await filesOf(kept);
  const orphans = [`${newId()}.${newId()}`, `${kept}.${newId()}`];
  for (const name of [own, ...orphans]) {
    const path = join(folder, "uploads", name);
    if (name !== own) await writeFile(path, "left");
    await utimes(path, new Date(0), new Date(0));
  }
  assert.equal(await uploads.clearLeftovers(0), 0);
  assert.equal(await uploads.clearLeftovers(1_000), 2);
  assert.deepEqual(await filesOf(kept), [own]);
  // What cannot be read may name the file.
  await bucket.put(kept, "a record of a later version");
  assert.equal(await uploads.clearLeftovers(1_000), 0);
  bucket.get = () => Promise.reject(new DepthmeshError("BUS_UNAVAILABLE", "NATS is away"));
  assert.equal((await refusal(uploads.clearLeftovers(1_000))).reason, "BUS_UNAVAILABLE");
  assert.deepEqual(await filesOf(kept), [own]);
});

test("one id begins one upload; an expired one begins again, another tenant's is not found", async () => {
  const uploads = await process();
  const { id, expiresAtMs } = await uploads.create("one", newId(), 5);
  assert.equal((await uploads.create("one", id, 5)).expiresAtMs, expiresAtMs);
  assert.equal((await refusal(uploads.create("two", id, 5))).reason, "UPLOAD_NOT_FOUND");
  await append(uploads, id, Buffer.from("12345"));
  const { record, revision } = await uploads.records.of("one", id);
  await uploads.records.replace({ ...record, expiresAtMs: 1 }, revision);
  assert.equal((await uploads.create("one", id, 5)).committedBytes, 0);
  assert.deepEqual(await filesOf(id), []);
});

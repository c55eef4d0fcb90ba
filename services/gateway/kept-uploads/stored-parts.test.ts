/**
 * Uploads of several gateways over one store: another one goes on, a slow caller's parts are
 * joined, and a crash between any two writes leaves nothing that is not removed later.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { BlobClaims } from "../../../kit/blobs/claims.js";
import { ObjectBlobs } from "../../../kit/blobs/object-blobs.js";
import { chunksOf, collect } from "../../../kit/rpc/chunks.js";
import { newId } from "../../../pipeline/record/id.js";
import { FileObjects } from "../../../testing/blobs/file-objects.js";
import { eventually } from "../../../testing/eventually.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { refusal } from "../../../testing/refusal.js";
import { CountedQuota } from "../../../testing/uploads/counted-quota.js";
import { KeptUploads } from "./kept-uploads.js";
import type { UploadRecord } from "./upload-record.js";
import type { UploadWriter } from "./upload-writer.js";

let folder: string;
let bucket: MemoryBucket;
let blobs: ObjectBlobs;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-parts-"));
});
after(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  bucket = new MemoryBucket();
  blobs = new ObjectBlobs(new FileObjects(join(folder, newId())));
});

/** A gateway; all share the store and the bucket. */
function gateway(): Promise<KeptUploads> {
  const config = { blobFolder: folder, uploadExpiryMs: 60_000, diskReserveMib: 0 };
  const shared = { blobs, config, buckets: { uploads: bucket } };
  const own = { claims: new BlobClaims(), quotas: new CountedQuota() };
  return KeptUploads.open({ ...shared, ...own });
}

const create = async (uploads: KeptUploads) => (await uploads.create("one", newId(), null)).id;
const recordOf = async (uploads: KeptUploads, id: string) =>
  (await uploads.records.of("one", id)).record;

async function writerOf(uploads: KeptUploads, id: string): Promise<UploadWriter> {
  const writer = await uploads.openWriter(await uploads.records.of("one", id));
  return writer ?? assert.fail("the committed bytes are lost");
}

async function append(uploads: KeptUploads, id: string, bytes: Uint8Array): Promise<void> {
  const writer = await writerOf(uploads, id);
  for (const chunk of chunksOf(bytes)) await writer.append(chunk);
  await writer.commit();
  await writer.close();
}

async function finish(uploads: KeptUploads, id: string): Promise<UploadRecord> {
  const writer = await writerOf(uploads, id);
  const finished = await uploads.finish(writer, await writer.commit());
  await writer.close();
  return finished;
}

async function objects(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of blobs.objects.list("uploads/")) keys.push(key);
  return keys.sort();
}

const keysOf = ({ id, parts = [] }: UploadRecord) =>
  parts.map(({ name }) => `uploads/${id}/${name}`).sort();
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const blobOf = ({ sha256 }: UploadRecord) => collect(blobs.read(sha256 ?? "")).then(Buffer.from);

test("another gateway goes on, and what the first one had received counts no more", async () => {
  const [first, second] = [await gateway(), await gateway()];
  const id = await create(first);
  const [one, two] = [randomBytes(3_000_000), randomBytes(2_000_000)];
  await append(first, id, one);
  const older = await writerOf(first, id);
  await older.append(randomBytes(5_000));
  // It has not sent a byte, but its caller was told where the committed bytes end.
  const newer = await writerOf(second, id);
  assert.equal((await refusal(older.commit())).reason, "UPLOAD_SUPERSEDED");
  await newer.append(two);
  await newer.commit();
  const finished = await finish(second, id);
  const whole = Buffer.concat([one, two]);
  assert.deepEqual([finished.sha256, finished.committedBytes], [sha256Of(whole), whole.length]);
  assert.deepEqual(await blobOf(finished), whole);
  assert.equal(finished.parts, undefined);
  // That of the older gateway, which no record names.
  await eventually("the parts are removed", async () => (await objects()).length === 1);
  assert.equal(await second.clearLeftovers(Date.now() + 1_000), 1);
  assert.deepEqual(await objects(), []);
});

test("a gateway whose bytes were committed meanwhile tells where to go on", async () => {
  const [first, second] = [await gateway(), await gateway()];
  const id = await create(first);
  const found = await second.records.of("one", id);
  await append(first, id, Buffer.from("bytes"));
  const { reason, metadata } = await refusal(second.openWriter(found));
  assert.deepEqual([reason, metadata.committed_size_bytes], ["UPLOAD_OFFSET_MISMATCH", "5"]);
});

test("a gateway that is late finds an upload that another one has finished, and leaves it so", async () => {
  const [first, second] = [await gateway(), await gateway()];
  const id = await create(first);
  await append(first, id, Buffer.from("bytes"));
  const found = await second.records.of("one", id);
  const finished = await finish(first, id);
  assert.deepEqual((await second.fence(found)).record, finished);
  assert.equal((await refusal(second.openWriter(found))).reason, "UPLOAD_SUPERSEDED");
  assert.deepEqual(await recordOf(second, id), finished);
});

test("the few bytes of a slow caller are joined, and what was replaced is removed", async () => {
  const uploads = await gateway();
  const id = await create(uploads);
  const bytes = randomBytes(900_000);
  for (let at = 0; at < bytes.length; at += 100_000) {
    await append(uploads, id, bytes.subarray(at, at + 100_000));
  }
  const record = await recordOf(uploads, id);
  assert.equal(record.parts?.length, 1);
  await eventually("one object is left", async () => (await objects()).length === 1);
  assert.deepEqual(await objects(), keysOf(record));
  // Full parts are not read again.
  await append(uploads, id, bytes);
  await append(uploads, id, bytes);
  assert.equal((await recordOf(uploads, id)).parts?.length, 3);
  assert.deepEqual(await blobOf(await finish(uploads, id)), Buffer.concat([bytes, bytes, bytes]));
});

test("an upload begins again from nothing if a part is lost, also when that is found at its end", async () => {
  const [first, second] = [await gateway(), await gateway()];
  for (const next of [first, second]) {
    const id = await create(first);
    await append(first, id, randomBytes(1_000));
    const writer = next === first ? await writerOf(first, id) : undefined;
    for (const key of keysOf(await recordOf(first, id))) await blobs.objects.remove(key);
    if (writer) {
      // This gateway knows the hash and does not read the bytes before they are needed.
      const found = await refusal(first.finish(writer, await writer.commit()));
      assert.equal(found.metadata.committed_size_bytes, "0");
    } else {
      assert.equal(await second.openWriter(await second.records.of("one", id)), undefined);
    }
    assert.equal((await recordOf(second, id)).committedBytes, 0);
    await append(second, id, Buffer.from("anew"));
    assert.deepEqual(await blobOf(await finish(second, id)), Buffer.from("anew"));
  }
});

test("what a crash leaves between two writes is removed when it is old, and nothing else", async () => {
  const uploads = await gateway();
  const id = await create(uploads);
  await append(uploads, id, randomBytes(2_000_000));
  const named = keysOf(await recordOf(uploads, id));
  // After the object, before the record.
  bucket.update = () => Promise.reject(new Error("NATS is away"));
  const writer = await writerOf(uploads, id);
  await writer.append(randomBytes(10));
  await assert.rejects(writer.commit());
  await writer.close();
  // After the blob, before the record.
  const ending = await writerOf(uploads, id);
  await assert.rejects(uploads.finish(ending, await ending.commit()));
  await ending.close();
  bucket.update = MemoryBucket.prototype.update;
  // After the record of another upload was removed, before its objects.
  await blobs.objects.put(`uploads/${newId()}/${newId()}`, [Buffer.from("left")]);
  assert.equal((await objects()).length, 3);
  assert.equal(await uploads.clearLeftovers(Date.now() - 60_000), 0, "they are young");
  assert.equal(await uploads.clearLeftovers(Date.now() + 1_000), 2);
  assert.deepEqual(await objects(), named);
  assert.equal((await finish(uploads, id)).committedBytes, 2_000_000);
  assert.deepEqual(await objects(), []);
});

test("an aborted upload leaves no object", async () => {
  const [first, second] = [await gateway(), await gateway()];
  const id = await create(first);
  await append(first, id, randomBytes(1_000));
  const writer = await writerOf(first, id);
  await writer.append(randomBytes(1_500_000));
  assert.equal((await second.remove(id, () => true))?.id, id);
  assert.deepEqual(await objects(), []);
  assert.equal((await refusal(writer.commit())).reason, "UPLOAD_NOT_FOUND");
  assert.equal(await second.clearLeftovers(Date.now() + 1_000), 1);
});

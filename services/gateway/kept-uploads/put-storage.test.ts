/**
 * Files that callers put into a real Swift themselves: what is signed, what the gateway finds out
 * when it reads them, two gateways that finish one upload, and what is swept.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { BlobClaims } from "../../../kit/blobs/claims.js";
import { ObjectBlobs } from "../../../kit/blobs/object-blobs.js";
import type { SignedPut } from "../../../kit/blobs/object-store.js";
import { collect } from "../../../kit/rpc/chunks.js";
import { newId } from "../../../pipeline/record/id.js";
import { type CountedS3, countedS3 } from "../../../testing/blobs/counted-s3.js";
import { MemoryBucket } from "../../../testing/mesh/memory-bucket.js";
import { refusal } from "../../../testing/refusal.js";
import { type SwiftServer, startSwift, swiftIsMissing } from "../../../testing/servers/swift.js";
import { CountedQuota } from "../../../testing/uploads/counted-quota.js";
import { KeptUploads } from "./kept-uploads.js";

const FILE = randomBytes(300_000);
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const DECLARED = { sizeBytes: FILE.length, sha256: sha256Of(FILE) };
const IN_AN_HOUR = Date.now() + 3_600_000;

async function put({ url, headers }: SignedPut, body: Uint8Array): Promise<number> {
  const answer = await fetch(url, { method: "PUT", headers, body: new Uint8Array(body) });
  await answer.text();
  return answer.status;
}

describe("files that callers put into the store", { skip: swiftIsMissing }, () => {
  let server: SwiftServer;
  const bucket = new MemoryBucket();
  const quotas = new CountedQuota();
  const opened: CountedS3[] = [];
  before(async () => {
    server = await startSwift();
  });
  after(async () => {
    for (const each of opened) each.close();
    await server.close();
  });

  async function gateway() {
    const s3 = countedS3(server);
    opened.push(s3);
    const blobs = new ObjectBlobs(s3.objects);
    const config = { blobFolder: "", uploadExpiryMs: 60_000, diskReserveMib: 0 };
    const shared = { blobs, config, quotas, buckets: { uploads: bucket } };
    const context = { ...shared, claims: new BlobClaims() };
    return { blobs, uploads: await KeptUploads.open(context) };
  }

  async function begun(uploads: KeptUploads) {
    const { id } = await uploads.create("one", newId(), DECLARED.sizeBytes, DECLARED.sha256);
    const signed = (await uploads.puts?.address(id, DECLARED)) ?? assert.fail("no address");
    const finish = async (by = uploads) =>
      by.asWriter(id, async () => by.finishPut(await by.records.of("one", id), DECLARED));
    return { id, signed, finish };
  }

  test("a file that is what was declared becomes a blob, by any gateway and by two at once", async () => {
    const [one, two] = [await gateway(), await gateway()];
    const { id, signed, finish } = await begun(one.uploads);
    assert.equal((await refusal(finish())).reason, "UPLOAD_INCOMPLETE");
    assert.equal(await put(signed, FILE), 200);
    const finished = await Promise.all([finish(two.uploads), finish()]);
    assert.deepEqual(
      finished.map(({ sha256, committedBytes }) => ({ sha256, sizeBytes: committedBytes })),
      [DECLARED, DECLARED],
    );
    assert.ok(Buffer.from(await collect(one.blobs.read(DECLARED.sha256))).equals(FILE));
    const objects = one.blobs.objects;
    assert.equal(await objects.head(`puts/${id}`), undefined);
    // The address works on for a while: what comes then is nobody's.
    assert.equal(await put(signed, FILE), 200);
    assert.equal(await two.uploads.clearLeftovers(Date.now() - 3_600_000), 0);
    assert.equal(await two.uploads.clearLeftovers(IN_AN_HOUR), 1);
    assert.equal(await objects.head(`puts/${id}`), undefined);
    await one.blobs.remove(DECLARED.sha256);
  });

  test("a gateway that is late finds what another one has finished, and the file counts once", async () => {
    const [one, two] = [await gateway(), await gateway()];
    const usedBefore = quotas.usedBytes;
    const { id, signed, finish } = await begun(one.uploads);
    const used = () => quotas.usedBytes - usedBefore;
    assert.equal(used(), FILE.length, "before the file has come");
    assert.equal(await put(signed, FILE), 200);
    const found = await two.uploads.records.of("one", id);
    const finished = await finish();
    assert.ok(finished.expiresAtMs > found.record.expiresAtMs);
    assert.deepEqual(await two.uploads.finishPut(found, DECLARED), finished);
    assert.equal(used(), FILE.length);
    const other = await begun(two.uploads);
    assert.equal(used(), 2 * FILE.length);
    for (const each of [id, other.id]) await one.uploads.remove(each, () => true);
    assert.equal(used(), FILE.length, "what has come counts, and what has not does not");
    await one.blobs.remove(DECLARED.sha256);
  });

  test("the address is for one file, one size and one method", async () => {
    const { signed } = await begun((await gateway()).uploads);
    assert.equal(await put(signed, FILE.subarray(1)), 403);
    const { url, headers } = signed;
    assert.equal((await fetch(url)).status, 403);
    assert.equal((await fetch(url, { method: "DELETE", headers })).status, 403);
    assert.equal(await put({ ...signed, url: url.replace("/puts/", "/blobs/") }, FILE), 403);
    const [name = ""] = Object.keys(headers);
    const lied = { [name]: Buffer.from(sha256Of(Buffer.of()), "hex").toString("base64") };
    assert.equal(await put({ ...signed, headers: lied }, FILE), 403);
    assert.ok(signed.expiresAtMs > Date.now() && signed.expiresAtMs <= Date.now() + 60_000);
  });

  test("another file of this size is found out, and makes no blob", async () => {
    const { uploads, blobs } = await gateway();
    const { id, signed, finish } = await begun(uploads);
    const other = randomBytes(FILE.length);
    // A store that checks the hash refuses it; this one does not.
    assert.equal(await put(signed, other), 200);
    const error = await refusal(finish());
    assert.equal(error.reason, "UPLOAD_CHECKSUM_MISMATCH");
    assert.match(error.message, /does not have the SHA-256 that was declared/);
    assert.equal(error.metadata.actual_sha256, sha256Of(other));
    for (const { sha256 } of [DECLARED, { sha256: sha256Of(other) }]) {
      assert.equal((await refusal(blobs.stat(sha256))).reason, "BLOB_NOT_FOUND");
    }
    const incoming: string[] = [];
    for await (const { key } of blobs.objects.list("incoming/")) incoming.push(key);
    assert.deepEqual(incoming, []);
    assert.ok(await uploads.remove(id, () => true));
    assert.equal(await blobs.objects.head(`puts/${id}`), undefined);
  });

  test("an upload that is never finished keeps its file until it is removed", async () => {
    const { uploads, blobs } = await gateway();
    const { id, signed } = await begun(uploads);
    assert.equal(await put(signed, FILE), 200);
    assert.equal(await uploads.clearLeftovers(IN_AN_HOUR), 0);
    await uploads.remove(id, () => true);
    assert.equal(await blobs.objects.head(`puts/${id}`), undefined);
  });
});

/**
 * How many requests a gateway sends to an S3 store, and that what it remembers of blobs never makes
 * it believe in what another gateway has removed: against a real Swift.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { type CountedS3, countedS3 } from "../../testing/blobs/counted-s3.js";
import { refusal } from "../../testing/refusal.js";
import { type SwiftServer, startSwift, swiftIsMissing } from "../../testing/servers/swift.js";
import { pause } from "../async/delay.js";
import { chunksOf, collect } from "../rpc/chunks.js";
import { ObjectBlobs } from "./object-blobs.js";

const IN_AN_HOUR = Date.now() + 3_600_000;
/** Renews also what is stored just now: a store may round its times up to the next second. */
const ANY_AGE = -5_000;

describe("requests to an S3 store", { skip: swiftIsMissing }, () => {
  let server: SwiftServer;
  const opened: CountedS3[] = [];
  const open = (options = {}) => {
    const one = countedS3(server, options);
    opened.push(one);
    return one;
  };
  before(async () => {
    server = await startSwift();
  });
  after(async () => {
    for (const one of opened) one.close();
    await server.close();
  });

  test("a blob is written, looked at, held and read by few requests", async () => {
    const writer = open();
    const blobs = new ObjectBlobs(writer.objects);
    const other = open();
    const others = new ObjectBlobs(other.objects);
    const { sha256 } = await blobs.write([Buffer.from("a photo of few bytes")]);
    assert.equal(writer.requests(), "LIST PUT");
    await collect(blobs.read(sha256));
    assert.equal(writer.requests(), "GET");
    await blobs.stat(sha256);
    assert.equal(writer.requests(), "HEAD");
    assert.equal(await blobs.hold(sha256), true);
    assert.equal(writer.requests(), "HEAD");
    await others.sizeToRead(sha256);
    await collect(others.read(sha256));
    assert.equal(other.requests(), "GET LIST");
    await others.sizeToRead(sha256);
    await collect(others.read(sha256, 2));
    assert.equal(other.requests(), "GET");
    assert.equal(await others.remove(sha256), true);
    assert.equal(other.requests(), "DELETE LIST");
  });

  test("a large blob is moved without a listing of where it came in", async () => {
    const { objects, requests } = open();
    const blobs = new ObjectBlobs(objects);
    const bytes = randomBytes(12 * 1024 * 1024);
    const { sha256 } = await blobs.write(chunksOf(bytes));
    assert.equal(requests(), "BEGIN COPY DELETE END LIST PART PART PART");
    assert.equal(sha256, createHash("sha256").update(bytes).digest("hex"));
    await blobs.remove(sha256);
  });

  test("an old blob is renewed by a copy; a store that lists at once is not asked whether it does", async () => {
    const late = open({ freshMs: ANY_AGE });
    const { sha256 } = await new ObjectBlobs(late.objects).write([Buffer.from("an old photo")]);
    late.requests();
    assert.equal(await new ObjectBlobs(late.objects).hold(sha256), true);
    assert.equal(late.requests(), "COPY LIST");
    const immediate = open({ freshMs: ANY_AGE, listsLate: false });
    const blobs = new ObjectBlobs(immediate.objects);
    await blobs.write([Buffer.from("an old photo")]);
    assert.equal(immediate.requests(), "PUT");
    assert.equal(await blobs.hold(sha256), true);
    assert.equal(immediate.requests(), "COPY");
    await blobs.remove(sha256);
  });

  test("a part of an upload is read by another gateway without a listing", async () => {
    const writer = open();
    const reader = open();
    await writer.objects.put("uploads/one/part", [Buffer.from("bytes")]);
    assert.equal(writer.requests(), "PUT");
    assert.equal((await collect(reader.objects.get("uploads/one/part"))).toString(), "bytes");
    assert.equal(reader.requests(), "GET HEAD");
    assert.equal(await writer.objects.remove("uploads/one/part"), true);
    assert.equal(
      (await refusal(collect(reader.objects.get("uploads/one/part")))).reason,
      "BLOB_NOT_FOUND",
    );
  });

  test("a removal whose listing took too long, or whose time is over, deletes nothing", async () => {
    const gateway = open();
    const blobs = new ObjectBlobs(gateway.objects);
    const { sha256 } = await blobs.write([Buffer.from("a photo that stays")]);
    gateway.requests();
    const late = { isOpen: () => true, begin: () => false };
    assert.equal(await blobs.remove(sha256, undefined, late), false);
    assert.equal(gateway.requests(), "LIST");
    const over = { isOpen: () => true, begin: () => true, signal: AbortSignal.abort() };
    const { reason } = await refusal(blobs.remove(sha256, undefined, over));
    assert.equal(reason, "STORAGE_UNAVAILABLE");
    assert.equal((await collect(blobs.read(sha256))).toString(), "a photo that stays");
    assert.equal(await blobs.remove(sha256, undefined, { ...late, begin: () => true }), true);
  });

  test("what another gateway has removed is missing, however well it is remembered", async () => {
    const blobs = new ObjectBlobs(open().objects);
    const others = new ObjectBlobs(open().objects);
    const { sha256 } = await blobs.write([Buffer.from("a photo that goes")]);
    assert.equal(await others.remove(sha256), true);
    assert.equal((await refusal(blobs.stat(sha256))).reason, "BLOB_NOT_FOUND");
    await blobs.write([Buffer.from("a photo that goes")]);
    assert.equal(await others.remove(sha256), true);
    assert.equal(await blobs.hold(sha256), false);
    await blobs.write([Buffer.from("a photo that goes")]);
    assert.equal(await others.remove(sha256), true);
    assert.equal(await blobs.sizeToRead(sha256), 17);
    assert.equal((await refusal(collect(blobs.read(sha256)))).reason, "BLOB_NOT_FOUND");
    assert.equal((await refusal(blobs.sizeToRead(sha256))).reason, "BLOB_NOT_FOUND");
  });

  test("a remembered generation that was replaced and cleared leads to the newer one", async () => {
    const one = open({ freshMs: ANY_AGE });
    const two = open({ freshMs: ANY_AGE });
    const [blobs, others] = [new ObjectBlobs(one.objects), new ObjectBlobs(two.objects)];
    const words = Buffer.from("a photo that others renew");
    const { sha256 } = await blobs.write([words]);
    const renew = async () => {
      assert.equal(await others.hold(sha256), true);
      await two.objects.clearPartials(IN_AN_HOUR);
      one.requests();
    };
    await renew();
    assert.deepEqual(await collect(blobs.read(sha256)), words);
    assert.equal(one.requests(), "GET GET LIST");
    await renew();
    assert.equal((await blobs.stat(sha256)).sizeBytes, words.length);
    assert.equal(one.requests(), "HEAD LIST");
    await renew();
    assert.equal(await blobs.hold(sha256), true);
    assert.equal(one.requests(), "COPY COPY LIST LIST");
    await others.remove(sha256);
    assert.deepEqual(await all(one), []);
  });

  test("of a blob that is renewed all the time, what was replaced long ago goes", async () => {
    const busy = open({ freshMs: ANY_AGE });
    const blobs = new ObjectBlobs(busy.objects);
    const words = Buffer.from("a photo that all jobs use");
    const { sha256 } = await blobs.write([words]);
    for (let renewal = 0; renewal < 3; renewal++) assert.equal(await blobs.hold(sha256), true);
    await secondsLater();
    // Addresses of it work for a minute (counted-s3.ts).
    const beforeMs = Date.now() + 60_000;
    await secondsLater();
    assert.equal(await blobs.hold(sha256), true);
    assert.equal((await all(busy)).length, 5);
    await busy.objects.clearPartials(beforeMs);
    assert.equal((await all(busy)).length, 2, "the newest, and the one before");
    assert.deepEqual(await collect(blobs.read(sha256)), words);
    await blobs.remove(sha256);
  });

  test("what others put below the same prefix is neither listed nor removed", async () => {
    const one = open();
    const foreign = ["backup/1.tar", "backup/2.tar", "blobs/notes", "readme"];
    const names = foreign.map((name) => one.bucket.nameInStore(name));
    for (const { bucket, name } of names) {
      await one.client.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: "theirs" }));
    }
    await one.objects.clearPartials(IN_AN_HOUR);
    const listed: string[] = [];
    for await (const { key } of one.objects.list("backup/")) listed.push(key);
    assert.deepEqual([listed, await all(one)], [[], []]);
    for (const { bucket, name } of names) {
      await one.client.send(new HeadObjectCommand({ Bucket: bucket, Key: name }));
      await one.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: name }));
    }
  });

  test("damage that another gateway has mended is found, and not set aside", async () => {
    const one = open();
    const two = open();
    const told: string[] = [];
    const blobs = new ObjectBlobs(one.objects, { onCorrupt: (sha256) => told.push(sha256) });
    const others = new ObjectBlobs(two.objects);
    const words = Buffer.from("a photo that was damaged once");
    const sha256 = createHash("sha256").update(words).digest("hex");
    await one.objects.put(`blobs/${sha256}`, [Buffer.from("a photo that was damaged ONCE")]);
    await others.write([words]);
    assert.equal((await refusal(collect(blobs.read(sha256)))).reason, "BLOB_CORRUPT");
    assert.deepEqual(await collect(blobs.read(sha256)), words);
    assert.deepEqual(told, []);
    await others.remove(sha256);
  });
});

/** Stores tell times in whole seconds, and may round them up. */
const secondsLater = () => pause(2_100);

async function all({ bucket }: CountedS3): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of bucket.list("")) names.push(name);
  return names;
}

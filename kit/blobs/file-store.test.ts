/**
 * Writing and reading blobs, what protects them from removal, and what happens to unfinished files.
 */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { seededRandom } from "../../testing/random.js";
import { chunksOf, collect } from "../rpc/chunks.js";
import { FileBlobStore } from "./file-store.js";

const LONG_AGO = new Date(1_000_000);
const BYTES = Buffer.from("a photo");

let folder: string;
let store: FileBlobStore;
let sha256: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-blobs-"));
  store = await FileBlobStore.open(folder);
});
after(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  ({ sha256 } = await store.write([BYTES]));
  await utimes(join(folder, sha256.slice(0, 2), sha256), LONG_AGO, LONG_AGO);
});

const anHourAgo = () => Date.now() - 3_600_000;

test("an old blob is listed and removed, a young one stays", async () => {
  assert.deepEqual(await store.olderThan(anHourAgo()), [sha256]);
  const young = await store.write([Buffer.from("another")]);
  assert.deepEqual(await store.olderThan(anHourAgo()), [sha256]);
  assert.equal(await store.removeOlder(young.sha256, anHourAgo()), false);
  assert.equal(await store.removeOlder(sha256, anHourAgo()), true);
  assert.equal(await store.hold(sha256), false);
});

test("writing a blob again, or holding it, makes it young", async () => {
  await store.write([BYTES]);
  assert.equal(await store.removeOlder(sha256, anHourAgo()), false);
  await utimes(join(folder, sha256.slice(0, 2), sha256), LONG_AGO, LONG_AGO);
  assert.equal(await store.hold(sha256), true);
  assert.equal(await store.removeOlder(sha256, anHourAgo()), false);
});

test("a blob that is being held is not removed under the holder", async () => {
  const held = store.hold(sha256);
  assert.equal(await store.removeOlder(sha256, anHourAgo()), false);
  assert.equal(await held, true);
});

test("a linked file outlives the blob", async () => {
  const path = join(folder, "kept");
  await store.link(sha256, path);
  assert.equal(await store.removeOlder(sha256, anHourAgo()), true);
  assert.deepEqual(await readFile(path), BYTES);
  await assert.rejects(store.link(sha256, join(folder, "other")), { reason: "BLOB_NOT_FOUND" });
});

test("temporary files are removed, but not those of running writes", async () => {
  await writeFile(join(folder, "tmp", "left"), "half");
  async function* slowly() {
    yield BYTES;
    await store.clearPartials();
    yield BYTES;
  }
  const { sizeBytes } = await store.write(slowly());
  assert.equal(sizeBytes, 2 * BYTES.length);
  assert.deepEqual(await readdir(join(folder, "tmp")), []);
});

test("a write whose temporary file another owner has removed fails with a retryable reason", async () => {
  async function* interrupted() {
    yield BYTES;
    await FileBlobStore.open(folder);
    yield BYTES;
  }
  await assert.rejects(store.write(interrupted()), { reason: "SERVICE_UNAVAILABLE" });
  assert.equal((await store.write([BYTES, BYTES])).sizeBytes, 2 * BYTES.length);
});

/** Writes into a blob's file behind the store's back. */
const damages: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ["cut", BYTES.subarray(0, 3)],
  ["a bit flipped", Uint8Array.from(BYTES, (byte, i) => (i === 2 ? byte ^ 1 : byte))],
  ["empty", Buffer.of()],
  ["longer", Buffer.concat([BYTES, BYTES])],
];
for (const [what, bytes] of damages) {
  test(`a damaged blob (${what}) is never read as sound, is set aside, and can be written again`, async () => {
    const path = join(folder, sha256.slice(0, 2), sha256);
    const corrupt = { reason: "BLOB_CORRUPT", metadata: { sha256 } };
    await writeFile(path, bytes);
    await assert.rejects(collect(store.read(sha256)), corrupt);
    assert.deepEqual(await readFile(join(folder, "corrupt", sha256)), Buffer.from(bytes));
    // Afterwards it counts as missing, with a reason that says why.
    await assert.rejects(store.stat(sha256), corrupt);
    assert.equal(await store.hold(sha256), false);
    await store.write([BYTES]);
    await writeFile(path, bytes);
    // A part of it is sound perhaps, but nobody can know that.
    await assert.rejects(collect(store.read(sha256, 0, 1)), corrupt);
    await store.write([BYTES]);
    await writeFile(path, bytes);
    assert.equal(await store.hold(sha256), false, "a cache finds no value that needs it");
    await store.write([BYTES]);
    assert.deepEqual(await collect(store.read(sha256)), BYTES);
    assert.deepEqual(await readdir(join(folder, "corrupt")), []);
  });
}

test("blobs that a crash has damaged are found by the next process too", async () => {
  await writeFile(join(folder, sha256.slice(0, 2), sha256), "other bytes");
  const found: string[] = [];
  const next = await FileBlobStore.open(folder, { onCorrupt: (hash) => found.push(hash) });
  assert.equal(await next.hold(sha256), false);
  assert.deepEqual(found, [sha256]);
  const later = await FileBlobStore.open(folder);
  await assert.rejects(later.stat(sha256), { reason: "BLOB_CORRUPT" });
});

test("only the owner reads what is stored", async () => {
  const { sha256: another } = await store.write([Buffer.from("private")]);
  const modeOf = async (path: string) => (await stat(join(folder, path))).mode & 0o777;
  const home = another.slice(0, 2);
  assert.deepEqual([await modeOf(join(home, another)), await modeOf(home)], [0o600, 0o700]);
});

test("a blob is named by its hash, read in ranges, and leaves nothing when its writer fails", async () => {
  const folder = await mkdtemp(join(tmpdir(), "blobs-"));
  try {
    const store = await FileBlobStore.open(folder);
    const random = seededRandom(9);
    const bytes = Uint8Array.from({ length: 700_000 }, () => 256 * random());
    const { sha256, sizeBytes } = await store.write(chunksOf(bytes));
    assert.equal(sizeBytes, bytes.length);
    assert.deepEqual(
      await store.write([bytes]),
      { sha256, sizeBytes },
      "the same content is one blob",
    );
    assert.deepEqual(await store.olderThan(Number.POSITIVE_INFINITY), [sha256]);
    const part = await collect(store.read(sha256, 300_000, 5));
    assert.deepEqual(new Uint8Array(part), bytes.subarray(300_000, 300_005));
    assert.equal((await collect(store.read(sha256, 800_000))).length, 0);
    async function* broken() {
      yield bytes;
      throw new Error("the upload was cut");
    }
    await assert.rejects(store.write(broken()), /cut/);
    assert.deepEqual(await readdir(join(folder, "tmp")), []);
    assert.equal(await store.removeOlder(sha256, Number.POSITIVE_INFINITY), true);
    assert.equal(await store.removeOlder(sha256, Number.POSITIVE_INFINITY), false);
    await assert.rejects(store.stat(sha256), { reason: "BLOB_NOT_FOUND" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a folder that is only read stays as it is, with what is damaged in it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "blobs-"));
  try {
    const { sha256 } = await (await FileBlobStore.open(folder)).write([Buffer.from("sound")]);
    await rm(join(folder, "corrupt"), { recursive: true });
    const path = join(folder, sha256.slice(0, 2), sha256);
    await writeFile(path, "Sound");
    const names = () => readdir(folder, { recursive: true });
    const before = await names();
    const reader = await FileBlobStore.openToRead(folder);
    await assert.rejects(collect(reader.read(sha256)), { reason: "BLOB_CORRUPT" });
    assert.deepEqual(await reader.olderThan(Number.POSITIVE_INFINITY), [sha256]);
    assert.deepEqual(await names(), before);
    await assert.rejects(FileBlobStore.openToRead(join(folder, "typo")), { code: "ENOENT" });
    assert.deepEqual(await names(), before);
  } finally {
    await rm(folder, { recursive: true });
  }
});

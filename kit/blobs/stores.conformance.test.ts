/**
 * What every object store promises, and the blob store on it: the same cases over files, a real
 * nats-server and a real S3 store, with two processes' views of each.
 */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  BLOB_STORES,
  isMissing,
  type ServedStore,
  serveStore,
} from "../../testing/blobs/served-stores.js";
import { refusal } from "../../testing/refusal.js";
import { pause } from "../async/delay.js";
import { chunksOf, collect } from "../rpc/chunks.js";
import { copyBlobs } from "./copy-blobs.js";
import { FileBlobStore } from "./file-store.js";
import { ObjectBlobs } from "./object-blobs.js";
import type { ObjectFacts, ObjectStore } from "./object-store.js";

/** More than two parts of S3 and two steps of the index of NATS; no multiple of a chunk. */
const LARGE = randomBytes(17 * 1024 * 1024 + 12_345);
const SMALL = Buffer.from("a photo");
const IN_AN_HOUR = Date.now() + 3_600_000;
const AN_HOUR_AGO = Date.now() - 3_600_000;

const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const found: ObjectFacts[] = [];
  for await (const facts of store.list(prefix)) found.push(facts);
  return found.map(({ key }) => key).sort();
}

/** A time that is later than everything before it and no later than everything after it. */
async function nextSecond(): Promise<number> {
  // Stores tell times in whole seconds.
  await pause(1_000 - (Date.now() % 1_000) + 5);
  return Math.floor(Date.now() / 1_000) * 1_000;
}

for (const kind of BLOB_STORES) {
  describe(`objects in ${kind}`, { skip: isMissing(kind) }, () => {
    let served: ServedStore;
    let store: ObjectStore;
    let other: ObjectStore;
    before(async () => {
      served = await serveStore(kind);
      [store, other] = [await served.open(), await served.open()];
    });
    after(() => served.close());

    test("what one process puts, another one reads, also from the middle", async () => {
      for (const [key, bytes] of [
        ["read/small", SMALL],
        ["read/large", LARGE],
        ["read/none", Buffer.of()],
      ] as const) {
        await store.put(key, chunksOf(bytes, 100_000));
        const facts = (await other.head(key)) ?? assert.fail();
        assert.deepEqual([facts.key, facts.sizeBytes], [key, bytes.length]);
        assert.ok(Math.abs(facts.modifiedAtMs - Date.now()) < 30_000);
        assert.ok(Buffer.from(await collect(other.get(key))).equals(bytes));
      }
      const ranges = [
        [0, 1],
        [8 * 1024 * 1024 - 3, 10],
        [9_000_001, 300_000],
        [LARGE.length - 5, 100],
        [LARGE.length, 5],
      ] as const;
      for (const [offset, limit] of ranges) {
        const part = Buffer.from(await collect(other.get("read/large", offset, limit)));
        assert.ok(part.equals(LARGE.subarray(offset, offset + limit)), `from ${offset}`);
      }
      assert.deepEqual(await keysOf(other, "read/"), ["read/large", "read/none", "read/small"]);
      assert.deepEqual(await keysOf(other, "rea/"), []);
      for await (const _chunk of other.get("read/large")) break;
    });

    test("a put replaces what is there; a missing object is told as such", async () => {
      await store.put("again/it", [SMALL]);
      await nextSecond();
      await other.put("again/it", [Buffer.from("newer")]);
      assert.equal(Buffer.from(await collect(store.get("again/it"))).toString(), "newer");
      assert.equal(await store.head("again/no"), undefined);
      assert.equal(await store.head("again"), undefined);
      assert.equal((await refusal(collect(store.get("again/no")))).reason, "BLOB_NOT_FOUND");
      assert.deepEqual(
        [await store.touch("no"), await store.remove("no"), await store.move("no", "yes")],
        [false, false, false],
      );
    });

    test("a source that throws leaves nothing, and its error is the put's", async () => {
      for (const sizeBytes of [10, 12 * 1024 * 1024]) {
        async function* broken() {
          yield* chunksOf(LARGE.subarray(0, sizeBytes));
          throw new Error("the upload was cut");
        }
        await assert.rejects(store.put("broken/it", broken()), /the upload was cut/);
        assert.deepEqual(await keysOf(other, "broken/"), []);
      }
    });

    test("an object is removed by its age, and a touch makes it young", async () => {
      await store.put("age/it", [SMALL]);
      await store.put("age/large", [LARGE]);
      assert.equal(await other.remove("age/it", AN_HOUR_AGO), false);
      const laterMs = await nextSecond();
      assert.equal(await store.touch("age/it"), true);
      assert.equal(await store.touch("age/large"), true);
      assert.equal(await other.remove("age/it", laterMs), false);
      assert.equal(await other.remove("age/large", laterMs), false);
      assert.ok(Buffer.from(await collect(other.get("age/large"))).equals(LARGE));
      await store.clearPartials(IN_AN_HOUR);
      assert.deepEqual(await collect(other.get("age/it")), SMALL);
      assert.equal(await other.remove("age/it", IN_AN_HOUR), true);
      assert.equal(await other.remove("age/it", IN_AN_HOUR), false);
      assert.equal(await store.head("age/it"), undefined);
      assert.equal(await store.remove("age/large"), true);
    });

    test("a moved object has another key and nothing at the old one", async () => {
      await store.put("move/large", [LARGE]);
      await store.put("move/to", [SMALL]);
      assert.equal(await other.move("move/large", "move/to", AN_HOUR_AGO), false);
      assert.deepEqual(await collect(other.get("move/to")), SMALL);
      await nextSecond();
      assert.equal(await other.move("move/large", "move/to"), true);
      await other.clearPartials(IN_AN_HOUR);
      assert.deepEqual(await keysOf(store, "move/"), ["move/to"]);
      assert.ok(Buffer.from(await collect(store.get("move/to"))).equals(LARGE));
    });

    // Of blobs, a process remembers more than of other objects.
    for (const folder of ["race", "blobs"]) {
      test(`what is touched or written below ${folder}/ while another process removes it survives`, async () => {
        const renewals: readonly ((key: string) => Promise<unknown>)[] = [
          (key) => store.touch(key),
          (key) => store.put(key, [SMALL]),
        ];
        const keys = renewals.flatMap((_, i) =>
          Array.from({ length: 8 }, (_, n) => `${folder}/race-${i}-${n}`),
        );
        await Promise.all(keys.map((key) => store.put(key, [SMALL])));
        const beforeMs = await nextSecond();
        for (const key of keys) {
          const renew = renewals[Number(key.at(folder.length + 6))] ?? assert.fail();
          const [isThere] = await Promise.all([renew(key), other.remove(key, beforeMs)]);
          if (isThere === false) continue;
          assert.deepEqual(await collect(other.get(key)), SMALL, key);
        }
      });

      // In one process, nothing comes between the look and the removal.
      test(`a removal that has looked already removes nothing that came after, below ${folder}/`, {
        skip: kind === "file",
      }, async () => {
        for (const renew of [
          (key: string) => store.touch(key),
          (key: string) => store.put(key, [SMALL]),
          (key: string) => store.move(`${folder}/other`, key),
        ]) {
          await store.put(`${folder}/stuck`, [SMALL]);
          await store.put(`${folder}/other`, [SMALL]);
          const beforeMs = await nextSecond();
          const slow = await served.open(async () => void (await renew(`${folder}/stuck`)));
          await slow.remove(`${folder}/stuck`, beforeMs);
          assert.deepEqual(await collect(other.get(`${folder}/stuck`)), SMALL);
          assert.deepEqual(await collect(store.get(`${folder}/stuck`)), SMALL);
          await store.remove(`${folder}/stuck`);
        }
      });
    }
  });

  describe(`blobs on objects in ${kind}`, { skip: isMissing(kind) }, () => {
    let served: ServedStore;
    let blobs: ObjectBlobs;
    const damaged: string[] = [];
    before(async () => {
      served = await serveStore(kind);
      blobs = new ObjectBlobs(await served.open(), { onCorrupt: (sha256) => damaged.push(sha256) });
    });
    after(() => served.close());

    test("a blob is named by its hash before it appears, whatever its size", async () => {
      for (const bytes of [SMALL, LARGE, Buffer.of()]) {
        const sha256 = sha256Of(bytes);
        const named: string[] = [];
        const before = await blobs.hold(sha256);
        const written = await blobs.write(chunksOf(bytes), (name) => named.push(name));
        assert.deepEqual(
          [before, written, named],
          [false, { sha256, sizeBytes: bytes.length }, [sha256]],
        );
        assert.deepEqual(await blobs.stat(sha256), written);
        assert.ok(Buffer.from(await collect(blobs.read(sha256))).equals(bytes));
        assert.equal(await blobs.hold(sha256), true);
      }
      const refused = () => assert.fail("nobody may name it");
      await assert.rejects(blobs.write(chunksOf(LARGE), refused), /nobody may name it/);
      assert.deepEqual(await keysOf(blobs.objects, "incoming/"), []);
      const all = await blobs.olderThan(IN_AN_HOUR);
      assert.deepEqual(all.sort(), [SMALL, LARGE, Buffer.of()].map(sha256Of).sort());
      assert.deepEqual(await blobs.olderThan(AN_HOUR_AGO), []);
      assert.equal(await blobs.removeOlder(sha256Of(LARGE), AN_HOUR_AGO), false);
      assert.equal(await blobs.removeOlder(sha256Of(LARGE), IN_AN_HOUR), true);
      assert.equal((await refusal(blobs.stat(sha256Of(LARGE)))).reason, "BLOB_NOT_FOUND");
    });

    test("a damaged blob is told to its reader, counts as missing, and can be written again", async () => {
      const { sha256 } = await blobs.write([Buffer.from("sound")]);
      await nextSecond();
      await blobs.objects.put(`blobs/${sha256}`, [Buffer.from("sounD")]);
      assert.equal((await refusal(collect(blobs.read(sha256)))).reason, "BLOB_CORRUPT");
      assert.deepEqual(damaged, [sha256]);
      assert.equal((await refusal(blobs.stat(sha256))).reason, "BLOB_CORRUPT");
      assert.equal(await blobs.hold(sha256), false);
      await blobs.write([Buffer.from("sound")]);
      assert.equal(Buffer.from(await collect(blobs.read(sha256))).toString(), "sound");
    });

    test("all blobs of a folder are copied, once; a damaged one is told and not kept", async () => {
      const folder = await mkdtemp(join(tmpdir(), "depthmesh-copy-"));
      try {
        const files = await FileBlobStore.open(folder);
        const { sha256: large } = await files.write(chunksOf(LARGE));
        const { sha256: small } = await files.write([Buffer.from("to be copied")]);
        const { sha256: bad } = await files.write([Buffer.from("to be damaged")]);
        await writeFile(join(folder, bad.slice(0, 2), bad), "to be dAmaged");
        const from = await FileBlobStore.openToRead(folder);
        await blobs.write([Buffer.from("to be copied")]);
        const first = await copyBlobs({ from, to: blobs });
        const failed = [{ sha256: bad, reason: "BLOB_CORRUPT" }];
        const bytes = { copied: 1, copiedBytes: LARGE.length };
        assert.deepEqual(first, { blobs: 3, ...bytes, skipped: 1, failed });
        assert.ok(Buffer.from(await collect(blobs.read(large))).equals(LARGE));
        assert.equal(await blobs.hold(bad), false);
        const again = await copyBlobs({ from, to: blobs });
        assert.deepEqual([again.copied, again.skipped], [0, 2]);
        const back = await FileBlobStore.open(join(folder, "back"));
        await blobs.remove(small);
        assert.equal((await copyBlobs({ from: blobs, to: back })).failed.length, 0);
        assert.equal(await back.hold(large), true);
        await blobs.remove(large);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    test("a blob becomes a file that outlives it, and a file becomes a blob", async () => {
      const folder = await mkdtemp(join(tmpdir(), "depthmesh-link-"));
      try {
        const path = join(folder, "kept");
        const { sha256 } = await blobs.write(chunksOf(LARGE));
        await blobs.link(sha256, path);
        await blobs.remove(sha256);
        assert.ok((await readFile(path)).equals(LARGE));
        await blobs.adopt(path, sha256);
        assert.equal((await blobs.stat(sha256)).sizeBytes, LARGE.length);
        await blobs.remove(sha256);
        assert.equal(
          (await refusal(blobs.link(sha256, join(folder, "no")))).reason,
          "BLOB_NOT_FOUND",
        );
        assert.deepEqual(await readFile(join(folder, "no")).catch(() => "none"), "none");
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}

/** Tests one writer and its followers: late followers, slow followers, and encodes that fail. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { after, before, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DepthmeshError } from "../../../core/errors.js";
import { SegmentStore } from "./segment-store.js";

setFlagsFromString("--expose-gc");
const runCollector = runInNewContext("gc") as () => void;
const MIB = 1024 * 1024;
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-segments-"));
});
after(() => rm(folder, { recursive: true, force: true }));

function box(type: string, contentBytes: number): Buffer {
  const bytes = Buffer.alloc(8 + contentBytes);
  bytes.writeUInt32BE(bytes.length);
  bytes.write(type, 4, "latin1");
  return bytes;
}

const write = (stream: Writable, bytes: Uint8Array) =>
  new Promise<void>((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
/**
 * Runs the collector twice: memory behind objects that the first run finds unreachable is freed
 * after it.
 */
async function collectGarbage(): Promise<void> {
  for (let i = 0; i < 2; i++) {
    runCollector();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const never = new AbortController().signal;

async function sizeOf(store: SegmentStore, signal = never): Promise<number> {
  let bytes = 0;
  for await (const event of store.follow(signal)) if ("chunk" in event) bytes += event.chunk.length;
  return bytes;
}

test("memory stays small while a follower lags 200 MiB behind, and the follower can read everything later", async () => {
  const store = new SegmentStore();
  const stream = await store.openFile(join(folder, "slow.mp4"));
  await write(stream, box("moov", 100));
  const slow = store.follow(never);
  assert.ok("segment" in ((await slow.next()).value ?? {}));
  const heldBefore = process.memoryUsage().arrayBuffers;
  function* fragments() {
    for (let i = 0; i < 200; i++) {
      yield box("moof", 16);
      yield box("mdat", MIB);
    }
  }
  await pipeline(Readable.from(fragments(), { highWaterMark: 1 }), stream);
  await collectGarbage();
  const held = process.memoryUsage().arrayBuffers - heldBefore;
  assert.ok(held < 50 * MIB, `${held} bytes are held for 200 MiB written`);
  const other = sizeOf(store);
  store.finishWriting();
  store.keep();
  await store.retire();
  const expected = 108 + 200 * (24 + 8 + MIB);
  assert.equal(store.fragments, 200);
  assert.equal(store.sizeBytes, expected);
  assert.equal(await other, expected);
  let bytes = 0;
  for await (const event of slow) if ("chunk" in event) bytes += event.chunk.length;
  assert.equal(bytes, expected, "the slow follower reads everything after the writer has gone");
});

test("a failure ends a follower at once, even if it has unread segments", async () => {
  const store = new SegmentStore();
  const stream = await store.openFile(join(folder, "failed.mp4"));
  await write(stream, box("moov", MIB));
  const follower = store.follow(never);
  await follower.next();
  await follower.next();
  store.fail(new DepthmeshError("STREAM_RESTARTED", "over"));
  await assert.rejects(follower.next(), /over/);
  store.keep();
  await assert.rejects(sizeOf(store), /over/, "`keep` does not undo `fail`");
  await store.retire();
});

test("a follower waits for segments and for the stored result, and ends when its signal fires", async () => {
  const store = new SegmentStore();
  const stop = new AbortController();
  const leaving = sizeOf(store, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(leaving, /enough/);
  const staying = sizeOf(store);
  const stream = await store.openFile(join(folder, "waited.mp4"));
  await write(stream, box("moov", 10));
  store.finishWriting();
  let ended = false;
  void staying.then(() => {
    ended = true;
  });
  await write(stream, Buffer.alloc(0));
  assert.ok(!ended, "the follower waits until the result is stored");
  store.keep();
  assert.equal(await staying, 18);
  await store.retire();
});

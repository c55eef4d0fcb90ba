/** The small parts that everything else leans on. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Metadata, type ServiceError } from "@grpc/grpc-js";
import { DepthmeshError, GrpcCode, isReason, REASONS, toDepthmeshError } from "../core/errors.js";
import { ErrorInfo, RetryInfo } from "../proto/gen/google/rpc/error_details.js";
import { seededRandom } from "../testing/random.js";
import { pause, retryDelayMs } from "./async/delay.js";
import { AsyncQueue } from "./async/queue.js";
import { Semaphore } from "./async/semaphore.js";
import { FileBlobStore } from "./blobs/file-store.js";
import { integer, readSettings, text } from "./config.js";
import { packagePath } from "./process/package-path.js";
import { chunksOf, collect } from "./rpc/chunks.js";
import { DescriptorIndex, readDescriptorSet } from "./rpc/reflection.js";
import { fromServiceError, toRpcStatus, toStatusObject } from "./rpc/status.js";
import { drawWaterfall } from "./telemetry/waterfall.js";

test("a semaphore runs so many, lets so many wait, and refuses the rest", async () => {
  const semaphore = new Semaphore("uploads", { running: 2, waiting: 1 });
  const release: (() => void)[] = [];
  const work = () => semaphore.pass(() => new Promise<void>((done) => release.push(done)));
  const passes = [work(), work(), work()];
  await assert.rejects(work(), {
    reason: "RATE_LIMITED",
    metadata: { limit_running: "2", limit_waiting: "1" },
  });
  assert.equal(release.length, 2);
  release[0]?.();
  await passes[0];
  await pause(0);
  assert.equal(release.length, 3, "the one that waited runs now");
  for (const done of release) done();
  await Promise.all(passes);
  await assert.rejects(
    semaphore.pass(() => Promise.reject(new Error("boom"))),
    /boom/,
  );
  assert.equal(await semaphore.pass(async () => 7), 7, "a failure gives its place back");
});

test("who leaves the waiting room of a semaphore keeps no place in it", async () => {
  const semaphore = new Semaphore("uploads", { running: 1, waiting: 1 });
  let finish = () => {};
  const running = semaphore.pass(() => new Promise<void>((done) => (finish = done)));
  const gone = new AbortController();
  const waiting = semaphore.pass(async () => assert.fail("it has gone"), gone.signal);
  gone.abort(new Error("gone"));
  await assert.rejects(waiting, /gone/);
  await assert.rejects(
    semaphore.pass(async () => {}, gone.signal),
    /gone/,
  );
  const next = semaphore.pass(async () => 7);
  finish();
  await running;
  assert.equal(await next, 7);
});

test("chunks are views that make the whole again", async () => {
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
  const chunks = [...chunksOf(bytes, 300)];
  assert.deepEqual(
    chunks.map((chunk) => chunk.length),
    [300, 300, 300, 100],
  );
  assert.ok(chunks.every((chunk) => chunk.buffer === bytes.buffer));
  async function* stream() {
    yield* chunks;
  }
  assert.deepEqual(new Uint8Array(await collect(stream())), bytes);
  assert.deepEqual([...chunksOf(new Uint8Array())], []);
});

test("wrong settings are all named at once, with value and meaning", () => {
  const settings = {
    port: integer("X_PORT", 80, [1, 100], "a port"),
    size: integer("X_SIZE", 5, [1, 9], "a size"),
    name: text("X_NAME", "anna", "a name"),
  };
  assert.deepEqual(readSettings(settings, { X_SIZE: "" }), { port: 80, size: 5, name: "anna" });
  assert.throws(
    () => readSettings(settings, { X_PORT: "101", X_SIZE: "two" }),
    /X_PORT=101.*a port.*X_SIZE=two.*a size/s,
  );
});

test("a queue gives what was pushed, then its error", async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  const seen: number[] = [];
  const loop = (async () => {
    for await (const value of queue) seen.push(value);
  })();
  await pause(0);
  queue.push(2);
  queue.push(3);
  queue.close(new Error("over"));
  await assert.rejects(loop, /over/);
  assert.deepEqual(seen, [1, 2, 3]);
});

test("retries wait 1, 2, 4 … 60 s, give or take a fifth; a signal ends a pause", async () => {
  assert.deepEqual(
    [0, 1, 5, 6, 40].map((n) => retryDelayMs(n, 1_000, () => 0.5)),
    [1000, 2000, 32_000, 60_000, 60_000],
  );
  assert.equal(
    retryDelayMs(0, 1_000, () => 0),
    800,
  );
  const abort = new AbortController();
  const paused = pause(600_000, abort.signal);
  abort.abort();
  await paused;
});

test("every reason crosses the wire with its code, message, metadata and advice", () => {
  for (const reason of Object.keys(REASONS)) {
    assert.ok(isReason(reason));
    const error = new DepthmeshError(reason, `because ${reason}`, { metadata: { limit_x: "3" } });
    const object = toStatusObject(error);
    assert.equal(object.code, GrpcCode[REASONS[reason].code]);
    const back = fromServiceError({ ...object, name: "", message: "" } as unknown as ServiceError);
    assert.deepEqual(
      { reason: back.reason, message: back.message, metadata: back.metadata },
      { reason, message: `because ${reason}`, metadata: { limit_x: "3" } },
    );
    const types = toRpcStatus(error).details.map((any) => any.typeUrl.replace(/.*\./, ""));
    assert.equal(types.includes("RetryInfo"), REASONS[reason].retry === "after-delay", reason);
  }
  const [info, retry] = toRpcStatus(new DepthmeshError("QUEUE_FULL", "full")).details;
  assert.equal(ErrorInfo.decode(info?.value ?? new Uint8Array()).domain, "depthmesh");
  assert.equal(RetryInfo.decode(retry?.value ?? new Uint8Array()).retryDelay?.seconds, 2);
});

test("a write for which there is no room is a full disk, whoever wrote", () => {
  for (const code of ["ENOSPC", "EDQUOT"]) {
    const error = toDepthmeshError(Object.assign(new Error("write"), { code }));
    assert.equal(error.reason, "STORAGE_FULL");
    assert.ok(error.retryable);
  }
});

test("a foreign error shows nothing of itself to the public", () => {
  const error = toDepthmeshError(new Error("password=hunter2"));
  assert.equal(error.reason, "INTERNAL");
  assert.ok(!JSON.stringify(toStatusObject(error)).includes("hunter2"));
  const unreachable = { code: 14, details: "no connection", metadata: new Metadata() };
  assert.equal(fromServiceError(unreachable as ServiceError).reason, "SERVICE_UNAVAILABLE");
});

test("reflection finds every service, method and message of the build's protocol", async () => {
  const bytes = await readFile(packagePath("proto", "gen", "descriptors.binpb"));
  const index = new DescriptorIndex(readDescriptorSet(bytes));
  const file = index.fileOfSymbol("depthmesh.v1.JobService");
  assert.ok(file);
  assert.equal(index.fileOfSymbol("depthmesh.v1.JobService.CreateJob"), file);
  assert.equal(index.fileOfName(file.descriptor.name), file);
  const names = index.closure(file).length;
  assert.ok(names > file.descriptor.dependency.length, "imports of imports are in the closure");
  assert.equal(index.fileOfSymbol("depthmesh.v1.NoSuchService"), undefined);
});

test("a waterfall is a tree in time", () => {
  const span = (
    spanId: string,
    parentId: string | null,
    name: string,
    startMs: number,
    durationMs: number,
  ) =>
    ({
      traceId: "t",
      spanId,
      parentId,
      name,
      service: "depthmesh-depth",
      startMs,
      durationMs,
    }) as Parameters<typeof drawWaterfall>[0][number];
  const lines = drawWaterfall(
    [
      span("c", "b", "decode", 1010, 20),
      span("b", "a", "depth", 1000, 50),
      span("a", null, "job", 990, 110),
      span("d", "lost", "stray", 1090, 1),
    ],
    100,
  ).split("\n");
  assert.deepEqual(
    lines.slice(1).map((line) => line.slice(9, 25).trimEnd()),
    ["job", "  depth", "    decode", "stray"],
  );
  assert.match(lines[3] ?? "", / 20\.0 +20\.0 /);
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
    assert.equal(store.removeOlder(sha256, Number.POSITIVE_INFINITY), true);
    assert.equal(store.removeOlder(sha256, Number.POSITIVE_INFINITY), false);
    await assert.rejects(store.stat(sha256), { reason: "BLOB_NOT_FOUND" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

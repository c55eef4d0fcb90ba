/**
 * `depthmesh blobs copy` from a folder to a real S3 store, on to NATS and back to a folder: a copy
 * that is killed is completed by the next one, and every blob keeps its hash.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { FileBlobStore } from "../kit/blobs/file-store.js";
import { ObjectBlobs } from "../kit/blobs/object-blobs.js";
import { childEnvironment } from "../kit/config.js";
import { packagePath } from "../kit/process/package-path.js";
import { chunksOf } from "../kit/rpc/chunks.js";
import { NatsServer } from "../launcher/nats-server.js";
import { countedS3 } from "../testing/blobs/counted-s3.js";
import { eventually } from "../testing/eventually.js";
import { startSwift, swiftIsMissing } from "../testing/servers/swift.js";

const BLOBS = 60;
const LIMIT_MS = 120_000;
const ALL = Number.POSITIVE_INFINITY;

interface Copied {
  readonly blobs: number;
  readonly copied: number;
  readonly skipped: number;
  readonly failed: readonly unknown[];
}

test("blobs are copied from a folder to S3, to NATS and back, also by a copy that was killed", {
  skip: swiftIsMissing,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-blobs-copy-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const swift = await startSwift();
  t.after(() => swift.close());
  const nats = await NatsServer.start({ folder: join(folder, "nats") });
  t.after(() => nats.stop());
  const settings = { ...swift.environment, DEPTHMESH_NATS_URL: nats.urlFor("gateway") };
  const env = childEnvironment({ ...settings, HOME: folder });
  const start = (from: string, to: string) => {
    const command = [packagePath("bin", "depthmesh"), "blobs", "copy", "--json"];
    const parameters = [...command, "--from", from, "--to", to];
    const options = { env, timeout: LIMIT_MS, killSignal: "SIGKILL" } as const;
    let kill = () => {};
    const ended = new Promise<{ signal: unknown; words: string; output: string }>((resolve) => {
      const child = execFile(process.execPath, parameters, options, (error, output, words) =>
        resolve({ signal: error?.signal, words, output }),
      );
      kill = () => void child.kill("SIGKILL");
    });
    return { ended, kill: () => kill() };
  };
  const copied = async (from: string, to: string): Promise<Copied> => {
    const { output, words } = await start(from, to).ended;
    assert.notEqual(output, "", words);
    return JSON.parse(output) as Copied;
  };

  const source = `file:${join(folder, "from")}`;
  const files = await FileBlobStore.open(join(folder, "from"));
  for (let count = 0; count < BLOBS; count++) await files.write([randomBytes(20_000 + count)]);
  await files.write(chunksOf(randomBytes(9 * 1024 * 1024)));
  const hashes = (await files.olderThan(ALL)).sort();
  assert.equal(hashes.length, BLOBS + 1);

  const { objects, close } = countedS3(swift);
  t.after(close);
  const there = async () => (await new ObjectBlobs(objects).olderThan(ALL)).length;
  const first = start(source, "s3");
  await eventually("some blobs are copied", async () => (await there()) >= 3, LIMIT_MS);
  first.kill();
  assert.equal((await first.ended).signal, "SIGKILL");
  const before = await there();
  assert.ok(before < hashes.length, "the copy was killed in the middle");

  const resumed = await copied(source, "s3");
  assert.deepEqual(resumed, { ...resumed, blobs: hashes.length, failed: [] });
  assert.equal(resumed.copied + resumed.skipped, hashes.length);
  assert.ok(resumed.skipped >= before, `${resumed.skipped} of ${before} were left as they were`);

  assert.equal((await copied("s3", "nats")).copied, hashes.length);
  assert.equal((await copied("nats", `file:${join(folder, "to")}`)).copied, hashes.length);
  const back = await FileBlobStore.open(join(folder, "to"));
  assert.deepEqual((await back.olderThan(ALL)).sort(), hashes);
  // Each is hashed: a hold looks at the bytes.
  for (const sha256 of hashes) assert.equal(await back.hold(sha256), true);
});

/**
 * Tests followers of a running encode: from the start, late, in parts, slow, and when an encoder or
 * a renderer dies.
 */
import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { download } from "../cli/job-files.js";
import { DepthmeshError } from "../core/errors.js";
import { SegmentIndex } from "../core/fragments/segment-index.js";
import { collect } from "../kit/rpc/chunks.js";
import { meshClient, outgoingMetadata, readStream } from "../kit/rpc/client.js";
import { newId } from "../pipeline/record/id.js";
import {
  EncodeServiceClient,
  type FollowJobResponse,
} from "../proto/gen/depthmesh/stage/v1/encode_service.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { decodeWarnings, videoPackets } from "../testing/encode/video.js";
import {
  type Fixture,
  longSpec,
  SAMPLE,
  smallSpec,
  startFixture,
  TEST_LEASE_MS,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";

let fixture: Fixture;
const work = join(tmpdir(), `depthmesh-work-${newId()}`);
before(async () => {
  await mkdir(work);
  fixture = await startFixture({
    environment: {
      DEPTHMESH_LEASE_MS: String(TEST_LEASE_MS),
      DEPTHMESH_DRAIN_MS: "1000",
      DEPTHMESH_WORK: work,
    },
  });
});
after(async () => {
  await fixture.close();
  await rm(work, { recursive: true, force: true });
});

const isReason = (reason: string) => (error: unknown) =>
  error instanceof DepthmeshError && error.reason === reason;

async function bytesOf(name: string, from = {}): Promise<Buffer> {
  const { chunks } = await fixture.client.followFragments(name, from);
  return Buffer.from(await collect(chunks));
}

test("early, late, partial and finished reads give the same bytes, and the file contains their packets", async () => {
  const { client, folder } = fixture;
  const { name } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
  const { attempt, chunks } = await client.followFragments(name);
  const index = new SegmentIndex();
  const parts: Uint8Array[] = [];
  let late: Promise<Buffer> | undefined;
  for await (const chunk of chunks) {
    index.push(chunk);
    parts.push(chunk);
    if (late || index.segments.length < 4) continue;
    const { state } = await client.getJob(name);
    assert.equal(state, JobState.JOB_STATE_ENCODE, "fragments arrive before the job ends");
    late = bytesOf(name);
  }
  const all = Buffer.concat(parts);
  assert.equal(index.sizeBytes, all.length, "the stream contains segments and nothing else");
  assert.equal(index.segments.length, 22, "an init segment, one per half second, the first in two");
  assert.equal(index.frames, 300);
  assert.ok(all.equals((await late) ?? Buffer.alloc(0)), "late");
  assert.ok(all.equals(await bytesOf(name)), "after the end");
  const middle = 1000;
  const head = await bytesOf(name, { limit: middle });
  const tail = await bytesOf(name, { offset: middle, attempt });
  assert.ok(all.equals(Buffer.concat([head, tail])), "in parts");
  await assert.rejects(
    bytesOf(name, { offset: middle, attempt: "another" }),
    isReason("STREAM_RESTARTED"),
  );
  await assert.rejects(bytesOf(name, { offset: middle }), isReason("PARAMETER_CONFLICT"));

  const live = join(folder, "live.mp4");
  await writeFile(live, all);
  assert.equal(await decodeWarnings(live), "");
  const job = await client.getJob(name);
  const file = join(folder, "progressive.mp4");
  await download(client, job, "video.mp4", file);
  assert.deepEqual(await videoPackets(file), await videoPackets(live));
});

test("a follower that stops reading does not delay the encode, and can read everything later", async () => {
  const { client, mesh } = fixture;
  const { name } = await client.createJobFromFiles(smallSpec("still"), { photo: SAMPLE });
  await untilProgress(client, name, "depth", 1);
  const address = mesh.children("encode")[0]?.address ?? "";
  const encoder = meshClient(EncodeServiceClient, address, { access: mesh.access.mesh });
  try {
    // FollowJob succeeds as soon as this process has taken the order.
    const call = await followWhenTaken(encoder, name);
    const job = await untilEnded(client, name);
    assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED);
    const kinds: (string | undefined)[] = [];
    let bytes = 0;
    for await (const { kind } of call) {
      if (kind?.$case === "chunk") bytes += kind.value.length;
      else kinds.push(kind?.$case);
      if (kind?.$case === "summary") assert.equal(kind.value.sizeBytes, bytes);
    }
    assert.deepEqual(kinds, ["segment", "segment", "segment", "summary"]);
  } finally {
    encoder.close();
  }
});

/** A follower that has read only its first message. */
async function followWhenTaken(
  encoder: EncodeServiceClient,
  name: string,
): Promise<AsyncGenerator<FollowJobResponse>> {
  for (;;) {
    const call = encoder.followJob({ name }, outgoingMetadata());
    const responses = readStream<FollowJobResponse>(call);
    const first = await responses.next().catch((error) => error as DepthmeshError);
    if (!(first instanceof DepthmeshError)) return responses;
    assert.equal(first.reason, "JOB_NOT_READY");
  }
}

test("when an encoder dies, its followers get an error, and the next attempt shares no bytes with it", async () => {
  const { client, folder, mesh } = fixture;
  const { name } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
  const { chunks } = await client.followFragments(name);
  let killed = false;
  const readAll = async () => {
    for await (const _ of chunks) {
      if (!killed)
        process.kill(mesh.children("encode")[0]?.pid ?? assert.fail("the process runs"), "SIGKILL");
      killed = true;
    }
  };
  await assert.rejects(readAll(), isReason("STREAM_RESTARTED"));
  const again = await bytesOf(name);
  const live = join(folder, "again.mp4");
  await writeFile(live, again);
  assert.equal(await decodeWarnings(live), "");
  assert.equal((await videoPackets(live)).length, 300);
});

test("when a renderer dies, the partial files are deleted and the next attempt starts from nothing", async () => {
  const { client, mesh } = fixture;
  const earlier = await readdir(work);
  const { name } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
  await untilProgress(client, name, "encode", 0.1);
  const [first] = (await readdir(work)).filter((entry) => !earlier.includes(entry));
  assert.ok(first, "the encode has a folder");
  process.kill(mesh.children("render")[0]?.pid ?? assert.fail("the process runs"), "SIGKILL");
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  assert.equal(job.artifacts[0]?.frames, 300);
  assert.deepEqual(
    (await readdir(work)).filter((entry) => !earlier.includes(entry)),
    [],
  );
});

test("followers of a cancelled job and of an unknown job get the reason", async () => {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
  const following = bytesOf(name);
  following.catch(() => {});
  await untilProgress(client, name, "encode", 0.05);
  await client.cancelJob(name);
  await assert.rejects(following, isReason("JOB_CANCELLED"));
  await assert.rejects(bytesOf("jobs/none"), isReason("JOB_NOT_FOUND"));
});

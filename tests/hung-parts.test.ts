/**
 * Parts of a mesh that hang during a job (SIGSTOP): each is detected, no healthy part is blamed,
 * and the job is finished.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { RemoteBlobs } from "../kit/blobs/remote.js";
import { parseJobName } from "../pipeline/record/id.js";
import type { JobRecord } from "../pipeline/record/record.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import type { JobSpec } from "../proto/gen/depthmesh/v1/spec.js";
import {
  connectToMesh,
  type Fixture,
  longSpec,
  type MeshBus,
  pidOf,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  untilProgress,
  workerPid,
} from "../testing/mesh/fixture.js";
import { commandLine, descendants } from "../testing/process-facts.js";

/** Longer than a healthy part waits on a busy machine. */
const STALL_MS = 2_000;
let fixture: Fixture;
let meshBus: MeshBus;
before(async () => {
  fixture = await startFixture({
    render: 2,
    environment: { DEPTHMESH_STALL_MS: String(STALL_MS), DEPTHMESH_RETRY_BASE_MS: "100" },
  });
  meshBus = await connectToMesh(fixture.mesh);
});
after(async () => {
  await meshBus?.bus.close();
  await fixture.close();
});

/** Stops the process below `parent` whose command line matches. */
async function stopBelow(parent: number, command: RegExp): Promise<void> {
  for (const { pid } of await descendants(parent)) {
    if (!command.test(await commandLine(pid).catch(() => ""))) continue;
    process.kill(pid, "SIGSTOP");
    return;
  }
  assert.fail(`no process ${command} runs`);
}

async function untilNothingStopped(): Promise<void> {
  while ((await descendants(process.pid)).some(({ state }) => state.toUpperCase() === "T")) {
    await new Promise(setImmediate);
  }
}

/** Starts a job and waits until its encode has begun. */
async function beginEncode(): Promise<string> {
  const spec = longSpec();
  if (spec.clip) spec.clip.durationSeconds = 4;
  const name = await begin(spec);
  await untilProgress(fixture.client, name, "encode", 0.05);
  return name;
}

async function begin(spec: JobSpec): Promise<string> {
  return (await fixture.client.createJobFromFiles(spec, { photo: SAMPLE })).name;
}

async function recordOf(name: string): Promise<JobRecord> {
  const current = await meshBus.store.read(parseJobName(name) ?? "");
  return current?.record ?? assert.fail(`${name} has a record`);
}

/** Waits until the job has succeeded; returns its counters for depth, render and encode. */
async function countsOf(name: string) {
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  const { depth, render, encode } = (await recordOf(name)).stages;
  const stages = [depth, render, encode];
  return {
    attempts: stages.map(({ attempts }) => attempts),
    crashes: stages.map(({ crashes }) => crashes),
  };
}

const NONE = [0, 0, 0];

test("a hanging ffmpeg is killed, and the encode is repeated", async () => {
  const name = await beginEncode();
  await stopBelow(pidOf(fixture.mesh, "encode"), /ffmpeg.*rawvideo/);
  assert.deepEqual(await countsOf(name), { attempts: [0, 0, 1], crashes: NONE });
  await untilNothingStopped();
});

test("a hanging decoding process is killed, and the photo is not blamed", async () => {
  await stopBelow(pidOf(fixture.mesh, "depth"), /decode\/child/);
  const name = await begin(smallSpec());
  assert.deepEqual(await countsOf(name), { attempts: [1, 0, 0], crashes: NONE });
  await untilNothingStopped();
});

test("a display that hangs ends its renderer, and no stage counts a failure", async () => {
  const name = await beginEncode();
  const { lease } = (await recordOf(name)).stages.render;
  const renderer = workerPid(lease ?? assert.fail("nobody renders"));
  await stopBelow(renderer, /^Xvfb/);
  assert.deepEqual(await countsOf(name), { attempts: NONE, crashes: NONE });
  while (existsSync(`/proc/${renderer}`)) await new Promise(setImmediate);
  await untilNothingStopped();
});

test("a hanging renderer is replaced, and does no harm when it continues", async () => {
  const name = await beginEncode();
  const { lease } = (await recordOf(name)).stages.render;
  const renderer = workerPid(lease ?? assert.fail("nobody renders"));
  process.kill(renderer, "SIGSTOP");
  const counts = await countsOf(name);
  process.kill(renderer, "SIGCONT");
  assert.deepEqual(counts, { attempts: NONE, crashes: [0, 1, 0] });
  assert.equal((await recordOf(name)).state, "SUCCEEDED");
});

test("reads and writes of blobs fail when the gateway hangs", async () => {
  const blobs = new RemoteBlobs(fixture.mesh.internalAddress, {
    access: fixture.mesh.access.mesh,
    patienceMs: 0,
  });
  const { specBlob } = await recordOf(await begin(smallSpec()));
  await blobs.read(specBlob);
  let closed = false;
  async function* endless() {
    try {
      for (;;) yield new Uint8Array(256 * 1024);
    } finally {
      closed = true;
    }
  }
  process.kill(pidOf(fixture.mesh, "gateway"), "SIGSTOP");
  try {
    const writing = blobs.write({ job: "none", token: "none" }, endless);
    const unavailable = { reason: "SERVICE_UNAVAILABLE" };
    await Promise.all([
      assert.rejects(blobs.read(specBlob), unavailable),
      assert.rejects(writing, unavailable),
    ]);
    assert.ok(closed, "the source of the upload is closed");
  } finally {
    process.kill(pidOf(fixture.mesh, "gateway"), "SIGCONT");
    blobs.close();
  }
});

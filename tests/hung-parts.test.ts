/** Parts that are stopped in the middle of a job (SIGSTOP): each is found, nothing healthy is blamed, and the job is finished. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
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
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";

const run = promisify(execFile);
/** More than a busy machine keeps a healthy part waiting. */
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

interface Row {
  readonly pid: number;
  readonly stopped: boolean;
  readonly command: string;
}

/** The processes below one. */
async function descendants(pid: number): Promise<Row[]> {
  const { stdout } = await run("ps", ["-e", "-o", "pid=,ppid=,stat=,args="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const below = (parent: string): Row[] =>
    rows
      .filter((row) => row[1] === parent)
      .flatMap(([child = "", , state = "", ...words]) => [
        { pid: Number(child), stopped: state.startsWith("T"), command: words.join(" ") },
        ...below(child),
      ]);
  return below(String(pid));
}

/** Stop the one process below `parent` whose command says so. */
async function stopBelow(parent: number, command: RegExp): Promise<number> {
  const found = (await descendants(parent)).find((row) => command.test(row.command));
  assert.ok(found, `a process ${command} runs`);
  process.kill(found.pid, "SIGSTOP");
  return found.pid;
}

async function untilNothingStopped(): Promise<void> {
  while ((await descendants(process.pid)).some(({ stopped }) => stopped)) {
    await new Promise(setImmediate);
  }
}

const pidOf = (service: "depth" | "encode" | "gateway") =>
  fixture.mesh.children(service)[0]?.pid ?? assert.fail(`${service} runs`);

/** A job whose encode has begun. */
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

/** What was counted, `depth` to `encode`, once the job has succeeded. */
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

const NOTHING = [0, 0, 0];

test("ffmpeg is killed and its encode tried again", async () => {
  const name = await beginEncode();
  await stopBelow(pidOf("encode"), /ffmpeg.*rawvideo/);
  assert.deepEqual(await countsOf(name), { attempts: [0, 0, 1], crashes: NOTHING });
  await untilNothingStopped();
});

test("the decoding process is killed, and the photo is not blamed", async () => {
  await stopBelow(pidOf("depth"), /decode\/child/);
  const name = await begin(smallSpec());
  assert.deepEqual(await countsOf(name), { attempts: [1, 0, 0], crashes: NOTHING });
  await untilNothingStopped();
});

test("a display that does not answer ends its renderer, and neither stage has failed", async () => {
  const name = await beginEncode();
  const { lease } = (await recordOf(name)).stages.render;
  const renderer = pidIn(lease?.worker);
  await stopBelow(renderer, /^Xvfb/);
  assert.deepEqual(await countsOf(name), { attempts: NOTHING, crashes: NOTHING });
  while (existsSync(`/proc/${renderer}`)) await new Promise(setImmediate);
  await untilNothingStopped();
});

test("a stopped renderer is taken over, and does no harm when it goes on", async () => {
  const name = await beginEncode();
  const { lease } = (await recordOf(name)).stages.render;
  const renderer = pidIn(lease?.worker);
  process.kill(renderer, "SIGSTOP");
  const counts = await countsOf(name);
  process.kill(renderer, "SIGCONT");
  assert.deepEqual(counts, { attempts: NOTHING, crashes: [0, 1, 0] });
  assert.equal((await recordOf(name)).state, "SUCCEEDED");
});

/** Workers bear the number of their process: stage, host, process, and a random end. */
function pidIn(worker: string | undefined): number {
  return Number(worker?.split("-").at(-2));
}

test("reads and writes of blobs end when the gateway is stopped", async () => {
  const blobs = new RemoteBlobs(fixture.mesh.address);
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
  process.kill(pidOf("gateway"), "SIGSTOP");
  try {
    const writing = blobs.write({ job: "none", token: "none" }, endless());
    const unavailable = { reason: "SERVICE_UNAVAILABLE" };
    await Promise.all([
      assert.rejects(blobs.read(specBlob), unavailable),
      assert.rejects(writing, unavailable),
    ]);
    assert.ok(closed, "what was being sent is let go");
  } finally {
    process.kill(pidOf("gateway"), "SIGCONT");
    blobs.close();
  }
});

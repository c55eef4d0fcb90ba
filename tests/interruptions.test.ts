/**
 * CancelJob, SIGTERM and SIGKILL while a job runs in a real mesh: work stops, or continues without
 * loss.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { download } from "../cli/run-job.js";
import type { ServiceName } from "../launcher/child.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { probeVideo } from "../testing/encode/video.js";
import { eventually } from "../testing/eventually.js";
import {
  type Fixture,
  longSpec,
  SAMPLE,
  startFixture,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";

const run = promisify(execFile);
let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture.close());

/** Names of all descendants of a process. */
async function descendants(pid: number): Promise<string[]> {
  const { stdout } = await run("ps", ["-e", "-o", "pid=,ppid=,comm="]);
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const below = (parent: string): string[] =>
    rows
      .filter((row) => row[1] === parent)
      .flatMap(([child = "", , name = ""]) => [name, ...below(child)]);
  return below(String(pid));
}

function pidOf(service: ServiceName): number {
  const pid = fixture.mesh.children(service)[0]?.pid;
  assert.ok(pid, `${service} runs`);
  return pid;
}

/** Processor time that a process has used, in seconds. */
async function processorSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("a cancel during render stops ffmpeg and GL long before the clip is complete", async () => {
  const { client } = fixture;
  const spec = longSpec();
  // The whole clip would take several times as long as the test waits.
  if (spec.clip) Object.assign(spec.clip, { durationSeconds: 30, width: 1280, height: 852 });
  const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE });
  await untilProgress(client, name, "encode", 0.01);
  const encode = pidOf("encode");
  const render = pidOf("render");
  assert.ok((await descendants(encode)).includes("ffmpeg"), "ffmpeg runs before the cancel");
  const cancelled = await client.cancelJob(name);
  assert.equal(cancelled.state, JobState.JOB_STATE_CANCELLED);
  const hasNoEncoder = async () => !(await descendants(encode)).includes("ffmpeg");
  await eventually("ffmpeg has ended", hasNoEncoder, 5_000);
  const isIdle = async () => {
    const before = await processorSeconds(render);
    await pause(500);
    return (await processorSeconds(render)) - before < 0.15;
  };
  await eventually("GL is idle", isIdle, 5_000);
  const job = await client.getJob(name);
  assert.equal(job.state, JobState.JOB_STATE_CANCELLED);
  assert.deepEqual(job.artifacts, []);
  const again = await client.cancelJob(name);
  assert.equal(again.state, JobState.JOB_STATE_CANCELLED, "cancel is idempotent");
});

const INTERRUPTIONS = [
  { service: "depth", signal: "SIGTERM", stage: "depth", at: 0.1 },
  { service: "render", signal: "SIGTERM", stage: "encode", at: 0.05 },
  { service: "encode", signal: "SIGTERM", stage: "encode", at: 0.05 },
  { service: "render", signal: "SIGKILL", stage: "encode", at: 0.05 },
  { service: "encode", signal: "SIGKILL", stage: "encode", at: 0.05 },
  { service: "gateway", signal: "SIGTERM", stage: "encode", at: 0.05 },
] as const;

for (const { service, signal, stage, at } of INTERRUPTIONS) {
  test(`${signal} of ${service} during a job loses nothing`, async () => {
    const { client, folder } = fixture;
    const { name } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
    await untilProgress(client, name, stage, at);
    process.kill(pidOf(service), signal);
    const job = await ended(name);
    assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
    const file = join(folder, "interrupted.mp4");
    await download(client, job, "video.mp4", file);
    assert.equal((await probeVideo(file)).nb_read_frames, "300");
  });
}

/** Waits for the job's end, also across a restart of the gateway. */
async function ended(name: string) {
  for (const untilMs = Date.now() + 60_000; ; ) {
    try {
      return await untilEnded(fixture.client, name);
    } catch (error) {
      if (Date.now() > untilMs) throw error;
      await pause(500);
    }
  }
}

test("no temporary files are left after all interruptions", async () => {
  const partial = await readdir(join(fixture.mesh.data, "blobs", "tmp"));
  assert.deepEqual(partial, []);
});

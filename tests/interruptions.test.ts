/** A job is cancelled, or one of its processes gets SIGTERM or SIGKILL, while it runs. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { download } from "../cli/job-files.js";
import { pause } from "../kit/async/delay.js";
import { JobState } from "../proto/gen/depthmesh/v1/job.js";
import { probeVideo } from "../testing/encode/video.js";
import { eventually } from "../testing/eventually.js";
import {
  type Fixture,
  longSpec,
  pidOf,
  SAMPLE,
  startFixture,
  untilEnded,
  untilProgress,
} from "../testing/mesh/fixture.js";
import { descendants, processorSeconds } from "../testing/process-facts.js";

let fixture: Fixture;
before(async () => {
  fixture = await startFixture();
});
after(() => fixture.close());

test("a cancel during render ends ffmpeg and GL long before the clip is finished", async () => {
  const { client, mesh } = fixture;
  const spec = longSpec();
  // Rendering all of it would take several times as long as the limits below.
  if (spec.clip) Object.assign(spec.clip, { durationSeconds: 30, width: 1280, height: 852 });
  const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE });
  await untilProgress(client, name, "encode", 0.01);
  const encode = pidOf(mesh, "encode");
  const render = pidOf(mesh, "render");
  const hasEncoder = async () => (await descendants(encode)).some(({ name }) => name === "ffmpeg");
  assert.ok(await hasEncoder(), "ffmpeg runs before the cancel");
  const cancelled = await client.cancelJob(name);
  assert.equal(cancelled.state, JobState.JOB_STATE_CANCELLED);
  await eventually("ffmpeg has ended", async () => !(await hasEncoder()), 5_000);
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
  test(`${signal} of ${service} during a job does not lose the job`, async () => {
    const { client, folder, mesh } = fixture;
    const { name } = await client.createJobFromFiles(longSpec(), { photo: SAMPLE });
    await untilProgress(client, name, stage, at);
    process.kill(pidOf(mesh, service), signal);
    const job = await ended(name);
    assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
    const file = join(folder, "interrupted.mp4");
    await download(client, job, "video.mp4", file);
    assert.equal((await probeVideo(file)).nb_read_frames, "300");
  });
}

/** Follows a job to its end; the gateway may be restarted meanwhile. */
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

test("no temporary file is left after all interruptions", async () => {
  const partial = await readdir(join(fixture.mesh.data, "blobs", "tmp"));
  assert.deepEqual(partial, []);
});

/**
 * Dead letters in a real mesh: when workers write them, and how an operator lists, redrives and
 * discards them.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { DepthmeshError } from "../core/errors.js";
import type { Bus } from "../kit/nats/connect.js";
import { packagePath } from "../kit/process/package-path.js";
import { fromRpcStatus } from "../kit/rpc/status.js";
import type { JobStore } from "../pipeline/record/store.js";
import { DeadLetterBox, publishDeadLetter } from "../pipeline/worker/dead-letters.js";
import { type Job, JobStage, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  connectToMesh,
  type Fixture,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEncodersKnown,
  untilEnded,
  upload,
} from "../testing/mesh/fixture.js";
import { breakPixels, grainPng } from "../testing/photos.js";

const run = promisify(execFile);
let folder: string;
let fixture: Fixture;
let bus: Bus;
let store: JobStore;
let box: DeadLetterBox;
/** While this file exists, every encoder fails to start. */
let trouble: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "depthmesh-dead-"));
  trouble = join(folder, "trouble");
  const ffmpeg = join(folder, "ffmpeg");
  await writeFile(ffmpeg, `#!/bin/sh\n[ -e ${trouble} ] && exit 1\nexec ffmpeg "$@"\n`, {
    mode: 0o755,
  });
  fixture = await startFixture({
    environment: { DEPTHMESH_FFMPEG: ffmpeg, DEPTHMESH_RETRY_BASE_MS: "10" },
  });
  ({ bus, store } = await connectToMesh(fixture.mesh));
  box = new DeadLetterBox(bus);
  // Only encodes of jobs fail: a worker whose encoders fail their probe would get no jobs.
  await untilEncodersKnown(fixture.client);
});
after(async () => {
  await bus?.close();
  await fixture?.close();
  await rm(folder, { recursive: true, force: true });
});

const letterOf = (job: Job) => job.name.replace("jobs/", "deadLetters/");
const idOf = (job: Job) => job.name.slice("jobs/".length);

async function failed(photo: AsyncIterable<Uint8Array>): Promise<Job> {
  const { name } = await fixture.client.createJob(smallSpec(), { photo });
  const job = await untilEnded(fixture.client, name);
  assert.equal(job.state, JobState.JOB_STATE_FAILED);
  return job;
}

const corrupt = async (seed: number) => failed(upload(breakPixels(await grainPng(seed))));

async function listed(reason = ""): Promise<string[]> {
  const request = { pageSize: 0, pageToken: "", reason };
  return (await fixture.admin.listDeadLetters(request)).deadLetters.map(({ name }) => name);
}

async function reasonOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => assert.fail("the call should fail"),
    (error: unknown) => (error instanceof DepthmeshError ? error.reason : String(error)),
  );
}

test("five encoder crashes make a dead letter, and a redrive continues the job from render", async () => {
  const { client, admin } = fixture;
  await writeFile(trouble, "");
  const { name } = await client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
  const job = await untilEnded(client, name);
  assert.equal(job.error && fromRpcStatus(job.error)?.reason, "POISONED");
  const letter = await admin.getDeadLetter(letterOf(job));
  assert.equal(letter.stage, JobStage.JOB_STAGE_ENCODE);
  assert.deepEqual([letter.job, letter.state], [name, JobState.JOB_STATE_FAILED]);
  const error = letter.error && fromRpcStatus(letter.error);
  assert.deepEqual([error?.reason, error?.metadata.last_reason], ["POISONED", "ENCODER_CRASHED"]);
  await rm(trouble);

  const calls = [1, 2, 3].map(() => admin.redriveDeadLetter(letter.name));
  const names = (await Promise.all(calls)).map((next) => next.name);
  assert.equal(new Set(names).size, 1, "repeated redrives return the same job");
  const next = await untilEnded(client, names[0] ?? "");
  assert.deepEqual([next.retryOf, next.state], [name, JobState.JOB_STATE_SUCCEEDED]);
  assert.equal(await reasonOf(admin.getDeadLetter(letter.name)), "DEAD_LETTER_NOT_FOUND");
  assert.equal((await admin.redriveDeadLetter(letter.name)).name, next.name);
});

test("a redrive that was interrupted is finished by the next one, with the same job", async () => {
  const { client, admin } = fixture;
  const job = await corrupt(1);
  const letter = await box.read(idOf(job));
  assert.ok(letter);
  const first = await admin.redriveDeadLetter(letterOf(job));
  assert.equal((await untilEnded(client, first.name)).state, JobState.JOB_STATE_FAILED);
  // Interrupted before the letter was removed: publish the letter again, without a message id.
  const send = () =>
    bus.jetstream.publish(`dm.v1.dead.depth.IMAGE_CORRUPT.${letter.job}`, JSON.stringify(letter));
  await send();
  assert.equal((await admin.redriveDeadLetter(letterOf(job))).name, first.name);
  assert.equal(await box.read(idOf(job)), undefined);
  // Interrupted before the new record was created.
  await send();
  await store.remove(idOf(first));
  assert.equal((await admin.redriveDeadLetter(letterOf(job))).name, first.name);
  await untilEnded(client, first.name);
  assert.equal(await box.read(idOf(job)), undefined);
  assert.deepEqual((await client.getJob(job.name)).retriedAs, [first.name]);
  await admin.discardDeadLetter(letterOf(first));
});

test("dead letters are listed in pages, newest job first, and filtered by reason", async () => {
  const { client, admin } = fixture;
  const jobs = [await corrupt(2), await corrupt(3), await corrupt(4)];
  const newestFirst = jobs.map(letterOf).reverse();
  assert.deepEqual(await listed(), newestFirst);
  assert.deepEqual(await listed("IMAGE_CORRUPT"), newestFirst);
  assert.deepEqual(await listed("POISONED"), []);
  assert.equal(await reasonOf(listed("*")), "PARAMETER_UNKNOWN");
  const first = await admin.listDeadLetters({ pageSize: 2, pageToken: "", reason: "" });
  assert.equal(first.deadLetters.length, 2);
  const pageToken = first.nextPageToken;
  const second = await admin.listDeadLetters({ pageSize: 2, pageToken, reason: "" });
  assert.deepEqual(
    second.deadLetters.map(({ name }) => name),
    newestFirst.slice(2),
  );
  assert.equal(second.nextPageToken, "");
  const [one] = jobs;
  assert.ok(one);
  await admin.discardDeadLetter(letterOf(one));
  assert.equal(await reasonOf(admin.discardDeadLetter(letterOf(one))), "DEAD_LETTER_NOT_FOUND");
  assert.equal((await client.getJob(one.name)).state, JobState.JOB_STATE_FAILED);
  assert.deepEqual(await listed(), newestFirst.slice(0, 2));
});

test("the dead letter of a job that another worker finished is removed", async () => {
  const { client, admin } = fixture;
  const { name } = await client.createJobFromFiles(smallSpec(), { photo: SAMPLE });
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED);
  await publishDeadLetter(bus, {
    ...{ job: idOf(job), stage: "encode", orderId: "o", reason: "POISONED", message: "m" },
    ...{ metadata: {}, attempts: 0, crashes: 5, worker: "w", atMs: Date.now() },
  });
  assert.ok(!(await listed()).includes(letterOf(job)));
  assert.equal(await box.read(idOf(job)), undefined);
  assert.equal(await reasonOf(admin.redriveDeadLetter(letterOf(job))), "DEAD_LETTER_NOT_FOUND");
});

test("the command lists, shows, redrives and discards dead letters", async () => {
  const dead = (...args: string[]) =>
    run(packagePath("bin", "depthmesh"), [
      "dead",
      ...args,
      "--admin-address",
      fixture.mesh.adminAddress,
    ]);
  const refused = async (...args: string[]) =>
    dead(...args).then(
      () => assert.fail("the call should fail"),
      (error: { code: number; stderr: string }) => `${error.code} ${error.stderr}`,
    );
  const job = await corrupt(5);
  const { stdout: list } = await dead("ls", "--reason", "IMAGE_CORRUPT");
  assert.match(list, new RegExp(`^${idOf(job)}  depth  .*  IMAGE_CORRUPT$`, "m"));
  const { stdout: shown } = await dead("show", job.name);
  assert.match(shown, /^state {4}FAILED$/m);
  assert.match(shown, /^error {4}IMAGE_CORRUPT: /m);
  const { stdout: redriven } = await dead("redrive", idOf(job));
  assert.match(redriven, /^[0-9a-z]{26} {2}QUEUED/);
  await untilEnded(fixture.client, `jobs/${redriven.split(" ")[0]}`);
  assert.match(await refused("show", idOf(job)), /^1 error: DEAD_LETTER_NOT_FOUND: /);
  assert.match(await refused("discard"), /^1 error: PARAMETER_CONFLICT: /);
  assert.match(await refused("discard", "x", "--all"), /^1 error: PARAMETER_CONFLICT: /);
  const { stdout: discarded } = await dead("discard", "--all", "--reason", "IMAGE_CORRUPT");
  assert.match(discarded, /discarded$/m);
  assert.deepEqual(await listed(), []);
  assert.match((await dead("ls")).stdout, /^JOB +STAGE +TIME +RETRIED +REASON\n$/);
  assert.deepEqual(JSON.parse((await dead("ls", "--json")).stdout), []);
});

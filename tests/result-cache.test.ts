/**
 * The result cache in a real mesh: which repeated jobs reuse an earlier result, and which are made
 * anew.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { KV, KvEntry } from "nats";
import { packagePath } from "../kit/process/package-path.js";
import { collect } from "../kit/rpc/chunks.js";
import { readTrace } from "../kit/telemetry/trace-files.js";
import type { ConvertResponse } from "../proto/gen/depthmesh/v1/convert_service.js";
import { type Job, JobState } from "../proto/gen/depthmesh/v1/job.js";
import {
  Acceleration,
  ArtifactKind,
  CachePolicy,
  Clip,
  JobSpec,
  Output,
} from "../proto/gen/depthmesh/v1/spec.js";
import {
  connectToMesh,
  type Fixture,
  type MeshBus,
  SAMPLE,
  smallSpec,
  startFixture,
  untilEnded,
} from "../testing/mesh/fixture.js";
import { type ModelFolder, modelFolder } from "../testing/models/model-folder.js";

const run = promisify(execFile);
const BROKEN = "depth-anything-v2-small";
const WORK = ["build mesh", "render", "encode", "process render", "process encode"];
let models: ModelFolder;
let fixture: Fixture;
let meshBus: MeshBus;
let results: KV;
before(async () => {
  models = await modelFolder();
  await truncate(models.install(BROKEN, Buffer.from("the model that was vouched for")), 5);
  fixture = await startFixture({ environment: { DEPTHMESH_MODELS: models.path } });
  meshBus = await connectToMesh(fixture.mesh);
  results = meshBus.buckets.results;
});
after(async () => {
  await meshBus?.bus.close();
  await fixture?.close();
  await models.remove();
});

const specOf = (change: Partial<JobSpec> = {}) =>
  JobSpec.fromPartial({
    ...smallSpec(),
    model: "depthmesh-tiny",
    cachePolicy: CachePolicy.CACHE_POLICY_USE,
    ...change,
  });

async function convert(spec: JobSpec, sound?: string): Promise<Job> {
  const { client } = fixture;
  const { name } = await client.createJobFromFiles(spec, { photo: SAMPLE, sound });
  const job = await untilEnded(client, name);
  assert.equal(job.state, JobState.JOB_STATE_SUCCEEDED, JSON.stringify(job.error));
  return job;
}

/**
 * A job whose result is in the cache when this resolves: it is stored shortly after the job's end.
 */
async function made(spec: JobSpec, sound?: string): Promise<Job> {
  const kept = await results.watch();
  const job = await convert(spec, sound);
  assert.equal(job.cacheHit, false);
  for await (const entry of kept) {
    if (jobIn(entry) === idOf(job)) break;
  }
  assert.ok(spansOf(job).includes("build mesh"));
  return job;
}

/** Undefined for an entry that the sweep has removed, as it does when a file is missing. */
const jobIn = (entry: KvEntry) =>
  entry.operation === "PUT" ? entry.json<{ job: string }>().job : undefined;
const idOf = ({ name }: Job) => name.slice("jobs/".length);
const spansOf = ({ traceId }: Job) => readTrace(fixture.mesh.traces, traceId).map((s) => s.name);
const progressOf = ({ progress }: Job) => [progress?.depth, progress?.render, progress?.encode];
const filesOf = ({ artifacts }: Job) =>
  artifacts.map((artifact) => ({ ...artifact, name: artifact.name.split("/").at(-1) }));
const bytesOf = async ({ name }: Job, file: string) =>
  collect((await fixture.client.readArtifact(`${name}/artifacts/${file}`)).chunks);

/**
 * Asserts that a job has the first one's artifacts, and that nothing was rendered or encoded for
 * it.
 */
async function assertSame(again: Job, first: Job): Promise<void> {
  assert.equal(again.cacheHit, true);
  assert.notEqual(again.name, first.name);
  assert.deepEqual(filesOf(again), filesOf(first));
  assert.deepEqual(again.notes, first.notes);
  for (const { name } of filesOf(first)) {
    assert.deepEqual(await bytesOf(again, name ?? ""), await bytesOf(first, name ?? ""));
  }
  const states: JobState[] = [];
  for await (const { kind } of fixture.client.watchJob(again.name)) {
    if (kind?.$case === "stateChange") states.push(kind.value.state);
  }
  const { JOB_STATE_QUEUED, JOB_STATE_DEPTH, JOB_STATE_SUCCEEDED } = JobState;
  assert.deepEqual(states, [JOB_STATE_QUEUED, JOB_STATE_DEPTH, JOB_STATE_SUCCEEDED]);
  const spans = readTrace(fixture.mesh.traces, again.traceId);
  assert.deepEqual(
    spans.filter(({ name }) => WORK.includes(name)),
    [],
  );
  const lookUp = spans.find(({ name }) => name === "look up result");
  assert.equal(lookUp?.attributes["depthmesh.cache_hit"], true);
  assert.equal(lookUp?.attributes["depthmesh.earlier_job"], idOf(first));
}

test("a repeated job has the same bytes and does only the work of the depth stage", async () => {
  const spec = specOf({
    outputs: [Output.fromPartial({})],
    artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH, ArtifactKind.ARTIFACT_KIND_POSTER],
  });
  const first = await made(spec);
  const again = await convert(spec);
  await assertSame(again, first);
  assert.equal(again.artifacts.length, 3);
  assert.deepEqual(progressOf(again), [1, 1, 1]);
  assert.deepEqual(await bytesOf(again, "fragments.mp4"), await bytesOf(first, "fragments.mp4"));
  const { jobs } = await fixture.client.listJobs(1, "");
  assert.deepEqual([jobs[0]?.name, jobs[0]?.cacheHit], [again.name, true]);
  const show = ["jobs", "show", again.name, "--address", fixture.mesh.address];
  assert.match((await run(packagePath("bin", "depthmesh"), show)).stdout, /^cache .* earlier job/m);
});

test("Convert sends the stored fragments of the earlier job", async () => {
  const spec = specOf({ seed: 7 });
  const first = await made(spec);
  type Kind = NonNullable<ConvertResponse["kind"]>;
  const kinds: Kind[] = [];
  for await (const { kind } of fixture.client.convert(spec, { photo: createReadStream(SAMPLE) })) {
    if (kind) kinds.push(kind);
  }
  const chunks = kinds.flatMap((kind) => (kind.$case === "chunk" ? [kind.value] : []));
  assert.deepEqual(Buffer.concat(chunks), Buffer.from(await bytesOf(first, "fragments.mp4")));
  const cases = kinds.map(({ $case }) => $case);
  assert.equal(cases[0], "job");
  for (const each of ["depthThumbnail", "streamStart"] as const) {
    assert.equal(cases.filter((name) => name === each).length, 1, each);
  }
  const last = kinds.at(-1);
  assert.ok(last?.$case === "summary");
  await assertSame(last.value, first);
});

test("another seed, rate factor or sound makes a new result", async () => {
  const [tone, other] = await Promise.all([toneOf(440), toneOf(880)]);
  await made(specOf());
  await made(specOf({ seed: 1 }));
  await made(specOf({ outputs: [Output.fromPartial({ crf: 30 })] }));
  const withSound = await made(specOf(), tone);
  await made(specOf(), other);
  await assertSame(await convert(specOf(), tone), withSound);
});

async function toneOf(hertz: number): Promise<string> {
  const file = join(fixture.folder, `${hertz}.wav`);
  const source = `sine=frequency=${hertz}:duration=0.4`;
  await run("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, file]);
  return file;
}

test("bypass makes everything anew, and the next job reuses what it made", async () => {
  const spec = specOf({ seed: 2 });
  await made(spec);
  const anew = await made({ ...spec, cachePolicy: CachePolicy.CACHE_POLICY_BYPASS });
  assert.equal(anew.depth?.cacheHit, false);
  assert.ok(spansOf(anew).includes("infer"));
  await assertSame(await convert(spec), anew);
});

test("a job that makes only stills reuses an earlier result as well", async () => {
  const spec = specOf({ artifacts: [ArtifactKind.ARTIFACT_KIND_STILL_STRIP] });
  const first = await made(spec);
  const again = await convert(spec);
  await assertSame(again, first);
  assert.deepEqual(progressOf(again), [1, 1, 0]);
});

test("a result whose file is missing is made again and is cached from then on", async () => {
  const spec = specOf({ seed: 3 });
  const { artifacts } = await made(spec);
  const sha256 = artifacts[0]?.sha256 ?? "";
  await rm(join(fixture.mesh.data, "blobs", sha256.slice(0, 2), sha256));
  const second = await made(spec);
  await assertSame(await convert(spec), second);
});

test("a result that was made by a fallback is not cached", async () => {
  const clip = Clip.fromPartial({ ...smallSpec().clip, width: 192, height: 128 });
  // No hardware encoder accepts such a small picture.
  const acceleration = Acceleration.ACCELERATION_HARDWARE;
  const inSoftware = specOf({ clip, outputs: [Output.fromPartial({ acceleration })] });
  const jobs: Job[] = [];
  for (const [spec, code] of [
    [specOf({ model: BROKEN }), "DEPTH_DEGRADED"],
    [inSoftware, "ENCODED_IN_SOFTWARE"],
  ] as const) {
    for (const job of [await convert(spec), await convert(spec)]) {
      assert.equal(job.cacheHit, false);
      assert.ok(job.notes.some((note) => note.code === code));
      jobs.push(job);
    }
  }
  // The encode worker runs one job at a time, so it has cached this result before the next job's.
  await made(specOf({ seed: 4 }));
  const fallbacks = jobs.map(idOf);
  for await (const key of await results.keys()) {
    const entry = await results.get(key);
    assert.ok(!fallbacks.includes((entry && jobIn(entry)) ?? ""));
  }
});

/** What a job that kills its worker each time costs the others: 95th percentile of their durations beside it and without. */
import type { DepthmeshClient } from "../../client/client.js";
import { POISON_LIMIT } from "../../pipeline/record/acquire.js";
import { isTerminal } from "../../pipeline/record/record.js";
import { JobState } from "../../proto/gen/depthmesh/v1/job.js";
import { CachePolicy, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import type { Photo } from "../../testing/photos.js";
import { percentile } from "../../testing/statistics.js";
import { atMost, type BenchLine, rounded } from "../report.js";
import { idOf, processOf, type StruckMesh, startStruckMesh } from "./struck-mesh.js";

const JOBS = 60;
const IN_FLIGHT = 2;
const AIM_RATIO = 1.2;
const TIMEOUT_MS = 300_000;
const CLIP = {
  durationSeconds: 1,
  frameRate: { numerator: 12, denominator: 1 },
  ...{ width: 320, height: 214 },
};

export async function* poison(photo: Photo): AsyncGenerator<BenchLine> {
  // The lease is the default one: how far apart the blows are depends on it.
  const struck = await startStruckMesh({
    ...{ depth: 2, render: 2, encode: 2 },
    environment: { DEPTHMESH_LEASE_MS: "" },
  });
  try {
    const { client } = struck;
    await durations(client, photo, 2 * IN_FLIGHT, new AbortController().signal);
    const undisturbed = await durations(client, photo, JOBS, new AbortController().signal);
    const over = new AbortController();
    const poisoned = strikePoison(struck, photo).finally(() => over.abort());
    const beside = await durations(client, photo, Number.POSITIVE_INFINITY, over.signal);
    const blows = await poisoned;
    const figure = { bench: "recovery", case: "poison", unit: "s" };
    const before = percentile(undisturbed, 0.95);
    const during = percentile(beside, 0.95);
    yield { ...figure, metric: "jobs undisturbed, p95", value: rounded(before) };
    yield { ...figure, metric: "jobs beside it, p95", value: rounded(during) };
    yield { ...figure, metric: "jobs beside it", value: beside.length, unit: "jobs" };
    yield { ...figure, metric: "workers that it killed", value: blows, unit: "" };
    yield atMost("p95 of others' durations beside a poison job", during / before, AIM_RATIO, "");
  } finally {
    await struck.stop();
  }
}

/** Seconds of jobs from acceptance to end, some in flight together: `atMost` of them, none begun after the signal. */
async function durations(
  client: DepthmeshClient,
  photo: Photo,
  atMostJobs: number,
  signal: AbortSignal,
): Promise<number[]> {
  const seconds: number[] = [];
  let left = atMostJobs;
  const keepOneGoing = async () => {
    while (left-- > 0 && !signal.aborted) seconds.push(await secondsOf(client, photo));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, keepOneGoing));
  return seconds;
}

async function secondsOf(client: DepthmeshClient, photo: Photo): Promise<number> {
  const startedAtMs = performance.now();
  const { name } = await client.createJobFromFiles(smallSpec(), { photo: photo.path });
  for await (const _ of client.watchJob(name, 0, AbortSignal.timeout(TIMEOUT_MS))) {
    // The stream ends with the job.
  }
  const seconds = (performance.now() - startedAtMs) / 1000;
  const { state } = await client.getJob(name);
  if (state !== JobState.JOB_STATE_SUCCEEDED) throw new Error(`${name} did not succeed`);
  return seconds;
}

/** A job whose depth worker is killed whenever one takes it, until the mesh gives it up. Returns how many died. */
async function strikePoison({ client, store }: StruckMesh, photo: Photo): Promise<number> {
  const { name } = await client.createJobFromFiles(smallSpec(), { photo: photo.path });
  const struck = new Set<string>();
  for await (const record of store.watch(idOf(name), AbortSignal.timeout(TIMEOUT_MS))) {
    const { lease, crashes } = record.stages.depth;
    if (isTerminal(record)) break;
    // Who takes it after the last of them gives it up.
    if (!lease || struck.has(lease.token) || crashes >= POISON_LIMIT) continue;
    struck.add(lease.token);
    process.kill(processOf(lease), "SIGKILL");
  }
  const ended = await store.read(idOf(name));
  const reason = ended?.record.error?.reason;
  if (reason !== "POISONED") throw new Error(`${name} was not given up: ${reason}`);
  return struck.size;
}

const smallSpec = () =>
  JobSpec.fromPartial({ clip: CLIP, cachePolicy: CachePolicy.CACHE_POLICY_BYPASS });

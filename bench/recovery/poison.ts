/**
 * How a job that kills its worker each time slows other jobs: the 95th percentile of their
 * durations.
 */
import type { DepthmeshClient } from "../../client/client.js";
import { POISON_LIMIT } from "../../pipeline/record/acquire.js";
import { isTerminal } from "../../pipeline/record/record.js";
import { workerPid } from "../../testing/mesh/fixture.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { percentile } from "../../testing/statistics.js";
import { clipOf, keepInFlight, runToEnd, uncachedSpec } from "../bench-mesh.js";
import { idOf, type StruckMesh, startStruckMesh } from "./struck-mesh.js";

const JOBS = 60;
const IN_FLIGHT = 2;
const AIM_RATIO = 1.2;
const TIMEOUT_MS = 300_000;
const CLIP = clipOf(320, 214, 1, 12);

export async function* poison(photo: Photo): AsyncGenerator<BenchLine> {
  // The default lease, because it decides how far apart the crashes are.
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
    const killed = await poisoned;
    const figure = figuresOf("recovery", "poison");
    const before = percentile(undisturbed, 0.95);
    const during = percentile(beside, 0.95);
    yield figure("jobs undisturbed, p95", before, "s");
    yield figure("jobs beside it, p95", during, "s");
    yield figure("jobs beside it", beside.length, "jobs");
    yield figure("workers that it killed", killed, "");
    yield atMost("p95 of others' durations beside a poison job", during / before, AIM_RATIO, "");
  } finally {
    await struck.stop();
  }
}

/**
 * Durations in seconds of up to `maxJobs` jobs, some in flight together; none starts after the
 * signal.
 */
async function durations(
  client: DepthmeshClient,
  photo: Photo,
  maxJobs: number,
  signal: AbortSignal,
): Promise<number[]> {
  const seconds: number[] = [];
  let left = maxJobs;
  await keepInFlight(
    IN_FLIGHT,
    () => left-- > 0 && !signal.aborted,
    async () => {
      const startedAtMs = performance.now();
      await runToEnd(client, uncachedSpec({ clip: CLIP }), photo, TIMEOUT_MS);
      seconds.push((performance.now() - startedAtMs) / 1000);
    },
  );
  return seconds;
}

/**
 * A job whose depth worker is killed at each take until the mesh gives up; returns how many died.
 */
async function strikePoison({ client, store }: StruckMesh, photo: Photo): Promise<number> {
  const { name } = await client.createJobFromFiles(uncachedSpec({ clip: CLIP }), {
    photo: photo.path,
  });
  const struck = new Set<string>();
  for await (const record of store.watch(idOf(name), AbortSignal.timeout(TIMEOUT_MS))) {
    const { lease, crashes } = record.stages.depth;
    if (isTerminal(record)) break;
    // The worker that takes it after the last crash only ends the job.
    if (!lease || struck.has(lease.token) || crashes >= POISON_LIMIT) continue;
    struck.add(lease.token);
    process.kill(workerPid(lease), "SIGKILL");
  }
  const ended = await store.read(idOf(name));
  const reason = ended?.record.error?.reason;
  if (reason !== "POISONED") throw new Error(`${name} did not end as POISONED: ${reason}`);
  return struck.size;
}

/**
 * `npm run bench -- gateway`: what a gateway costs its callers: the latency of small calls, the
 * rate and the memory of uploads. No worker runs.
 */
import type { DepthmeshClient } from "../../client/client.js";
import { JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import { pidOf } from "../../testing/mesh/fixture.js";
import type { Photo } from "../../testing/photos.js";
import { processorSeconds, residentMib } from "../../testing/process-facts.js";
import { atLeast, atMost, type BenchLine, figuresOf } from "../../testing/report-lines.js";
import { median } from "../../testing/statistics.js";
import { startBenchMesh } from "../bench-mesh.js";
import { identityCostMs } from "./identity-cost.js";
import { unaryTimes } from "./unary-load.js";
import { uploadRates, uploadsAtOnce } from "./upload-load.js";

const CALLS_PER_SECOND = 200;
const CALL_SECONDS = 15;
const WARM_UP_SECONDS = 5;
const CALL_P99_AIM_MS = 10;
const JOBS = 20;
const IDENTITY_AIM_MS = 0.3;

const UPLOAD_MIB = 64;
const UPLOAD_RUNS = 8;
const UPLOAD_RATE_AIM = 150;
const AT_ONCE = 32;
const AT_ONCE_MIB = 16;
const EXTRA_MEMORY_AIM_MIB = 64;

/** No worker: jobs wait in the queue. */
const WORKERS = { depth: 0, render: 0, encode: 0 };
/** All uploads are received at once. */
const ENVIRONMENT = { DEPTHMESH_MAX_UPLOADS: "64" };

export async function* gateway(photos: readonly Photo[]): AsyncGenerator<BenchLine> {
  const { mesh, client, stop } = await startBenchMesh({ ...WORKERS, environment: ENVIRONMENT });
  try {
    const names = await createJobs(client, photos);
    const pid = pidOf(mesh, "gateway");
    const load = (seconds: number) =>
      unaryTimes({ perSecond: CALLS_PER_SECOND, seconds, pid }, (number) =>
        client.getJob(names[number % names.length] ?? ""),
      );
    await load(WARM_UP_SECONDS);
    const calls = await load(CALL_SECONDS);
    const call = figuresOf("gateway", `GetJob at ${CALLS_PER_SECOND}/s`);
    yield call("p50", calls.p50Ms, "ms");
    yield call("processor time of a call", calls.processorMs, "ms");

    const idleMib = await residentMib(pid);
    await uploadRates(mesh.address, UPLOAD_MIB, 2);
    const processorBefore = await processorSeconds(pid);
    const rates = await uploadRates(mesh.address, UPLOAD_MIB, UPLOAD_RUNS);
    const processorMs = 1000 * ((await processorSeconds(pid)) - processorBefore);
    const one = figuresOf("gateway", `upload of ${UPLOAD_MIB} MiB`);
    yield one("slowest of all", Math.min(...rates), "MiB/s");
    yield one("processor time of a MiB", processorMs / (UPLOAD_RUNS * UPLOAD_MIB), "ms");
    const many = figuresOf("gateway", `${AT_ONCE} uploads at once`);
    const target = { address: mesh.address, pid };
    const { beforeMib, peakMib, mibPerSecond } = await uploadsAtOnce(target, AT_ONCE, AT_ONCE_MIB);
    yield many("all together", mibPerSecond, "MiB/s");
    yield many("highest resident set", peakMib, "MiB");
    yield many("above a gateway without uploads", peakMib - idleMib, "MiB");

    yield atMost("small calls, p99", calls.p99Ms, CALL_P99_AIM_MS, "ms");
    yield atLeast("upload, median", median(rates), UPLOAD_RATE_AIM, "MiB/s");
    yield atMost(
      `memory of ${AT_ONCE} uploads at once above that of one`,
      peakMib - beforeMib,
      EXTRA_MEMORY_AIM_MIB,
      "MiB",
    );
  } finally {
    await stop();
  }
  yield atMost("who calls, of a call with a key", await identityCostMs(), IDENTITY_AIM_MS, "ms");
}

/** The names of jobs that wait. */
async function createJobs(client: DepthmeshClient, photos: readonly Photo[]): Promise<string[]> {
  const names: string[] = [];
  for (let number = 0; number < JOBS; number++) {
    const photo = photos[number % photos.length];
    if (!photo) throw new Error("there are no photographs");
    const { name } = await client.createJobFromFiles(JobSpec.fromPartial({}), {
      photo: photo.path,
    });
    names.push(name);
  }
  return names;
}

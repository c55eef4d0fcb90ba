/** From the death of a worker that holds an order to the next take of its stage. */
import { STAGES, type Stage } from "../../pipeline/stages.js";
import { CachePolicy, JobSpec } from "../../proto/gen/depthmesh/v1/spec.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine, median, rounded } from "../report.js";
import {
  idOf,
  LEASE_MS,
  processOf,
  type StruckMesh,
  startStruckMesh,
  untilComplete,
  untilLeased,
} from "./struck-mesh.js";

const RUNS = 5;
const AIM_SECONDS = LEASE_MS / 1000 + 2;
const CLIP = {
  durationSeconds: 10,
  frameRate: { numerator: 30, denominator: 1 },
  ...{ width: 640, height: 426 },
};

export async function* redelivery(photo: Photo): AsyncGenerator<BenchLine> {
  const struck = await startStruckMesh({ depth: 2, render: 2, encode: 2 });
  const aims: BenchLine[] = [];
  try {
    for (const stage of STAGES) {
      const seconds: number[] = [];
      while (seconds.length < RUNS) {
        const each = await secondsToNextTake(struck, stage, photo);
        if (each !== undefined) seconds.push(each);
      }
      const figure = { bench: "recovery", case: `kill -9 of ${stage}`, unit: "s" };
      yield { ...figure, metric: "next take, median", value: rounded(median(seconds)) };
      yield { ...figure, metric: "next take, worst", value: rounded(Math.max(...seconds)) };
      aims.push(
        atMost(
          `redelivery of ${stage}, worst of ${RUNS}, lease ${LEASE_MS / 1000} s`,
          Math.max(...seconds),
          AIM_SECONDS,
          "s",
        ),
      );
    }
  } finally {
    await struck.stop();
  }
  yield* aims;
}

/** Undefined when the stage was done before the blow fell. */
async function secondsToNextTake(
  { mesh, client, store }: StruckMesh,
  stage: Stage,
  photo: Photo,
): Promise<number | undefined> {
  const spec = JobSpec.fromPartial({ clip: CLIP, cachePolicy: CachePolicy.CACHE_POLICY_BYPASS });
  const { name } = await client.createJobFromFiles(spec, { photo: photo.path });
  const held = await untilLeased(store, idOf(name), stage);
  if (!held) return undefined;
  const pid = processOf(held);
  process.kill(pid, "SIGKILL");
  const killedAtMs = performance.now();
  const next = await untilLeased(store, idOf(name), stage, held.token);
  const seconds = (performance.now() - killedAtMs) / 1000;
  await client.cancelJob(name);
  await untilComplete(mesh, [stage], pid);
  return next && seconds;
}

/** After a kill -9 of a worker that holds an order: the time until another one takes the stage. */
import { STAGES, type Stage } from "../../pipeline/stages.js";
import { workerPid } from "../../testing/mesh/fixture.js";
import type { Photo } from "../../testing/photos.js";
import { atMost, type BenchLine } from "../../testing/report-lines.js";
import { clipOf, uncachedSpec } from "../bench-mesh.js";
import {
  idOf,
  LEASE_MS,
  medianAndWorst,
  type StruckMesh,
  startStruckMesh,
  untilComplete,
  untilLeased,
} from "./struck-mesh.js";

const RUNS = 5;
const AIM_SECONDS = LEASE_MS / 1000 + 2;
const CLIP = clipOf(640, 426, 10, 30);

export async function* redelivery(photo: Photo): AsyncGenerator<BenchLine> {
  const struck = await startStruckMesh({ depth: 2, render: 2, encode: 2 });
  const aims: BenchLine[] = [];
  try {
    for (const stage of STAGES) {
      const seconds: number[] = [];
      while (seconds.length < RUNS) {
        const taken = await secondsToNextTake(struck, stage, photo);
        if (taken !== undefined) seconds.push(taken);
      }
      yield* medianAndWorst(`kill -9 of ${stage}`, "next take", seconds);
      const aim = `redelivery of ${stage}, worst of ${RUNS}, lease ${LEASE_MS / 1000} s`;
      aims.push(atMost(aim, Math.max(...seconds), AIM_SECONDS, "s"));
    }
  } finally {
    await struck.stop();
  }
  yield* aims;
}

/** Undefined when the stage was done before the worker was killed. */
async function secondsToNextTake(
  { mesh, client, store }: StruckMesh,
  stage: Stage,
  photo: Photo,
): Promise<number | undefined> {
  const spec = uncachedSpec({ clip: CLIP });
  const { name } = await client.createJobFromFiles(spec, { photo: photo.path });
  const held = await untilLeased(store, idOf(name), stage);
  if (!held) return undefined;
  const pid = workerPid(held);
  process.kill(pid, "SIGKILL");
  const killedAtMs = performance.now();
  const next = await untilLeased(store, idOf(name), stage, held.token);
  const seconds = (performance.now() - killedAtMs) / 1000;
  await client.cancelJob(name);
  await untilComplete(mesh, [stage], pid);
  return next && seconds;
}

/** What jobs of a mesh cost, from the times of its processes and of their threads. */
import type { ServiceName } from "../../launcher/child.js";
import type { Mesh } from "../../launcher/mesh.js";
import { processTimes } from "../../testing/process-facts.js";
import { threadTimes } from "../../testing/thread-cpu.js";
import { roleTimes } from "./roles.js";
import { type BudgetRows, between, type JobCost } from "./rows.js";

/** Runs a job of `frames` frames to its end by `run`. */
export async function meshCost(
  mesh: Mesh,
  frames: number,
  run: () => Promise<unknown>,
): Promise<JobCost> {
  const before = await sample(mesh);
  await run();
  return { frames, rows: between(before, await sample(mesh)) };
}

/** Milliseconds since each process began. Throws when one of them is gone. */
async function sample(mesh: Mesh): Promise<BudgetRows> {
  const pidOf = (service: ServiceName) => mesh.children(service)[0]?.pid ?? 0;
  const ofProcess = async (pid: number) => {
    const [threads, times] = await Promise.all([threadTimes(pid), processTimes(pid)]);
    return {
      ...roleTimes(threads, 1000 * times.ownSeconds),
      children: 1000 * times.childrenSeconds,
    };
  };
  const totalMs = async (pid: number) => {
    const { ownSeconds, childrenSeconds } = await processTimes(pid);
    return 1000 * (ownSeconds + childrenSeconds);
  };
  const [render, encode, ...rest] = await Promise.all([
    ofProcess(pidOf("render")),
    ofProcess(pidOf("encode")),
    ...[pidOf("gateway"), pidOf("depth"), mesh.nats.pid ?? 0].map(totalMs),
  ]);
  return {
    ffmpeg: encode.children,
    llvmpipe: render.llvmpipe,
    glCaller: render.glCaller,
    renderMain: render.main,
    renderCollector: render.collector,
    renderOther: render.other,
    encodeMain: encode.main,
    encodeCollector: encode.collector,
    // On a GPU nothing of it draws, but the encoder may run in the process.
    encodeOther: encode.other + encode.llvmpipe + encode.glCaller,
    restOfMesh: rest.reduce((sum, ms) => sum + ms, 0),
  };
}

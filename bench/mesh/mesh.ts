/** `npm run bench -- mesh [--nats-server PATH]`: what the bus side of the mesh does with stages that do nothing. */
import { knowsSync, serverVersion } from "../../launcher/nats-server.js";
import { atLeast, atMost, type BenchLine } from "../report.js";
import { type ServerChoice, startBusMesh } from "./bus-mesh.js";
import { type Dispatch, measureDispatch } from "./dispatch.js";
import { measureThroughput, type Throughput } from "./throughput.js";

const JOBS_PER_SECOND_AIM = 200;
const WRITES_AIM = 8;
const DISPATCH_AIM_MS = 50;

export async function* mesh(natsServer: string | undefined): AsyncGenerator<BenchLine> {
  const embedded = await measureServer({}, "embedded server", true);
  yield* embedded.figures;
  if (natsServer !== undefined) yield* syncedFigures(natsServer);
  yield atLeast(
    "jobs accepted and driven to the end",
    embedded.jobsPerSecond,
    JOBS_PER_SECOND_AIM,
    "jobs/s",
  );
  yield atMost("JetStream writes a job", embedded.writesPerJob, WRITES_AIM, "writes");
  yield atMost("dispatch at 50 jobs/s, p95", embedded.dispatchP95Ms, DISPATCH_AIM_MS, "ms");
}

/** The same with a server that syncs each write before it acknowledges it, and without: `sync_interval` came with 2.10. */
async function* syncedFigures(binary: string): AsyncGenerator<BenchLine> {
  const name = `nats-server ${(await serverVersion(binary)).join(".")}`;
  yield* (await measureServer({ binary }, name, false)).figures;
  if (!(await knowsSync(binary))) return;
  const synced = await measureServer({ binary, sync: "always" }, `${name}, sync always`, false);
  yield* synced.figures;
}

async function measureServer(choice: ServerChoice, name: string, withDispatch: boolean) {
  const busMesh = await startBusMesh(choice);
  try {
    const { figures, ...throughput }: Throughput = await measureThroughput(busMesh, name);
    const none: Dispatch = { p95Ms: Number.NaN, figures: [] };
    const dispatch = withDispatch ? await measureDispatch(busMesh, name) : none;
    return {
      ...throughput,
      figures: [...figures, ...dispatch.figures],
      dispatchP95Ms: dispatch.p95Ms,
    };
  } finally {
    await busMesh.stop();
  }
}

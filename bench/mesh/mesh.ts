/** `npm run bench -- mesh [--nats-server PATH]`: what the bus side of the mesh does with stages that do nothing. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ServerChoice } from "../../cli/mesh/nats-server.js";
import { atLeast, atMost, type BenchLine } from "../report.js";
import { startBusMesh } from "./bus-mesh.js";
import { type Dispatch, measureDispatch } from "./dispatch.js";
import { measureThroughput, type Throughput } from "./throughput.js";

const run = promisify(execFile);
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
  const { stdout } = await run(binary, ["--version"]);
  const version = /v(\d+)\.(\d+)\.\d+/.exec(stdout);
  if (!version) throw new Error(`${binary} does not tell its version: ${stdout}`);
  const [name, major, minor] = version;
  yield* (await measureServer({ binary }, name, false)).figures;
  if (Number(major) === 2 && Number(minor) < 10) return;
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  try {
    const config = join(folder, "nats.conf");
    await writeFile(config, "jetstream { sync_interval: always }\n");
    const synced = await measureServer({ binary, config }, `${name}, sync_interval always`, false);
    yield* synced.figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
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

/** nats-server, one process that accepts jobs, and processes of stub stages: the bus side of a mesh and nothing else. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerChoice, startNatsServer } from "../../cli/mesh/nats-server.js";
import { type Bus, connectBus } from "../../kit/bus/connect.js";
import { createLog } from "../../kit/log.js";
import { processorSeconds } from "../process-facts.js";
import {
  type AcceptRequest,
  type AcceptResult,
  BenchProcess,
  type HandlerStart,
} from "./messages.js";

const STAGE_PROCESSES = 1;

export interface BusMesh {
  readonly bus: Bus;
  readonly acceptor: BenchProcess<AcceptRequest, AcceptResult>;
  readonly stages: readonly BenchProcess<object, HandlerStart[]>[];
  /** Process ids by what they are. */
  readonly processes: Readonly<
    Record<"nats-server" | "gateway part" | "stages", readonly number[]>
  >;
  stop(): Promise<void>;
}

export async function startBusMesh(choice: ServerChoice): Promise<BusMesh> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const server = await startNatsServer(folder, 0, choice);
  const { url } = server;
  const bus = await connectBus(
    url,
    "bench",
    createLog("warn", { service: "bench", worker: "bench" }),
  );
  const acceptor = await BenchProcess.start<AcceptRequest, AcceptResult>("./acceptor.js", [url]);
  const stages = await Promise.all(
    Array.from({ length: STAGE_PROCESSES }, () =>
      BenchProcess.start<object, HandlerStart[]>("./stub-stages.js", [url]),
    ),
  );
  const stop = async () => {
    await Promise.all([acceptor, ...stages].map((each) => each.stop()));
    await bus.close();
    const exited = once(server.process, "exit");
    server.process.kill("SIGTERM");
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const processes = {
    "nats-server": [server.process.pid ?? 0],
    "gateway part": [acceptor.pid],
    stages: stages.map(({ pid }) => pid),
  };
  return { bus, acceptor, stages, processes, stop };
}

/** Messages that each stream has ever taken, by the stream's name: its last sequence. */
export async function streamWrites(bus: Bus): Promise<ReadonlyMap<string, number>> {
  const writes = new Map<string, number>();
  for await (const { config, state } of bus.manager.streams.list()) {
    writes.set(config.name, state.last_seq);
  }
  return writes;
}

/** Processor seconds used so far, by what the processes are. */
export async function processorUse({ processes }: BusMesh): Promise<ReadonlyMap<string, number>> {
  const use = new Map<string, number>();
  for (const [name, pids] of Object.entries(processes)) {
    const seconds = await Promise.all(pids.map(processorSeconds));
    use.set(
      name,
      seconds.reduce((sum, each) => sum + each, 0),
    );
  }
  return use;
}

/**
 * A mesh without real work: nats-server, a process that accepts jobs, and a process with stub
 * stages.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "../../kit/log.js";
import { type Bus, connectBus } from "../../kit/nats/connect.js";
import { NatsServer, type NatsServerOptions } from "../../launcher/nats-server.js";
import { STAGES } from "../../pipeline/stages.js";
import { processorSeconds } from "../../testing/process-facts.js";
import {
  type AcceptRequest,
  type AcceptResult,
  BenchProcess,
  type HandlerStart,
  type StubOptions,
} from "./messages.js";

/** The nats-server to measure, and when it syncs to disk. */
export type ServerChoice = Pick<NatsServerOptions, "binary" | "sync">;

export interface BusMesh {
  /** A connection that may read everything. */
  readonly bus: Bus;
  readonly acceptor: BenchProcess<AcceptRequest, AcceptResult>;
  readonly stages: BenchProcess<object, HandlerStart[]>;
  /** Process ids by role. */
  readonly processes: Readonly<Record<"nats-server" | "gateway part" | "stages", number>>;
  stop(): Promise<void>;
}

/** With `stub`, the stages pause instead of doing nothing. */
export async function startBusMesh(choice: ServerChoice, stub?: StubOptions): Promise<BusMesh> {
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-bench-"));
  const server = await NatsServer.start({ folder, ...choice });
  const log = createLog("warn", { service: "bench", worker: "bench" });
  const bus = await connectBus(server.urlFor("operator"), "bench", log);
  const acceptor = await BenchProcess.start<AcceptRequest, AcceptResult>("./acceptor.js", [
    server.urlFor("gateway"),
  ]);
  const urls = STAGES.map((stage) => server.urlFor(stage));
  const stages = await BenchProcess.start<object, HandlerStart[]>("./stub-stages.js", [
    ...urls,
    ...(stub ? [JSON.stringify(stub)] : []),
  ]);
  const stop = async () => {
    await Promise.all([acceptor.stop(), stages.stop()]);
    await bus.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const processes = {
    "nats-server": server.pid ?? 0,
    "gateway part": acceptor.pid,
    stages: stages.pid,
  };
  return { bus, acceptor, stages, processes, stop };
}

/**
 * Number of messages that each stream has ever stored, by stream name: its last sequence number.
 */
export async function streamWrites(bus: Bus): Promise<ReadonlyMap<string, number>> {
  const writes = new Map<string, number>();
  for await (const { config, state } of bus.manager.streams.list()) {
    writes.set(config.name, state.last_seq);
  }
  return writes;
}

/** Processor seconds used so far, by the role of the process. */
export async function processorUse({ processes }: BusMesh): Promise<ReadonlyMap<string, number>> {
  const use = new Map<string, number>();
  for (const [name, pid] of Object.entries(processes)) use.set(name, await processorSeconds(pid));
  return use;
}

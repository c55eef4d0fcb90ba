/** The life of every service process: load settings, connect, serve, drain on SIGTERM, exit. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import { type CommonConfig, unknownVariables } from "../config.js";
import { createLog, type Log } from "../log.js";
import { type Bus, connectBus } from "../nats/connect.js";
import { setOwnAccess } from "../rpc/mesh-access.js";
import { keepCleared } from "../telemetry/trace-files.js";
import { startTracing } from "../telemetry/tracing.js";
import { openAccess, type ProcessAccess } from "./access.js";
import { enableFailpoints } from "./failpoint.js";
import { VERSION } from "./package-path.js";
import { OpenPorts, readyLine, type ServicePort } from "./ports.js";
import { type ProcessAnnouncement, type ProcessFacts, Self, type SelfParts } from "./self.js";

/** What a service is built with. */
export interface ServiceContext<C extends CommonConfig> {
  readonly config: C;
  readonly worker: string;
  readonly log: Log;
  readonly bus: Bus;
  readonly access: ProcessAccess;
  /**
   * Ends the process with a failure, so that its supervisor starts another. For native parts that
   * are lost.
   */
  readonly die: (why: Error) => void;
}

/** What a service provides. */
export interface ServiceParts extends SelfParts {
  /** The ports of the process; WorkerService is added to the internal one. */
  readonly ports: readonly ServicePort[];
  /** Tells the mesh about this process, once it serves. */
  announce(facts: ProcessFacts): ProcessAnnouncement;
  /** Starts taking work; the internal port is open at this host:port. */
  start(advertisedAddress: string): Promise<void> | void;
  /**
   * Ends the streams of callers that have no end of their own, with DRAINING. Workers are served
   * until the drain. For SIGUSR2: a mesh that stops tells its callers first, and its workers may
   * need the process for a while.
   */
  endStreams?(): void;
  /** Takes no more work, and finishes or hands back running work. The server still serves. */
  drain(graceMs: number): Promise<void>;
  /** Frees native parts; the server is closed already. */
  close(): Promise<void> | void;
}

/**
 * The longest time from the loss of a native part to the end of the process, even if something
 * hangs.
 */
const FAILURE_EXIT_MS = 4_000;
/** How long running calls may continue after a loss. */
const FAILURE_GRACE_MS = 500;

/**
 * Runs a service until SIGTERM, SIGINT or a loss. `bind` creates, or waits for, what the service
 * needs on NATS; its result becomes part of the context. Resolves when everything is closed.
 */
export async function runService<C extends CommonConfig, R extends object>(
  name: string,
  config: C,
  bind: (bus: Bus, config: C) => Promise<R>,
  build: (context: ServiceContext<C> & R) => Promise<ServiceParts>,
): Promise<void> {
  const worker = `${name}-${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}`;
  // Photos, videos and traces are private: whatever this process creates, only its user reads.
  process.umask(0o077);
  const log = createLog(config.logLevel, { service: name, worker }, { format: config.logFormat });
  // What gRPC prints by itself is thrown too, in more words.
  setLogVerbosity(logVerbosity.NONE);
  for (const variable of unknownVariables()) log.warn({ variable }, "nothing reads this setting");
  const { stopped, die, stop } = stopRequest(log);
  enableFailpoints(config.failpointFolder, name);
  const access = openAccess(config, log);
  setOwnAccess(access.mesh);
  const stopTracing = await startTracing({
    service: name,
    worker,
    version: VERSION,
    folder: config.traceFolder,
    otlpEndpoint: config.otlpEndpoint,
  });
  const stopClearing = keepCleared(config.traceFolder, config.keepTracesHours, (error) =>
    log.warn({ err: error }, "old trace files not removed; the next attempt is in an hour"),
  );
  const natsFiles = { ca: config.natsCa, cert: config.natsCert, key: config.natsKey };
  const opened = await Promise.race([
    openBus(connectBus(config.natsUrl, worker, log, natsFiles), (bus) => bind(bus, config)),
    stopped,
  ]);
  // Stopped while it waited for NATS: there is no work to hand back.
  if (!opened || opened instanceof Error) return;
  const { bus, bound } = opened;
  void bus.connection.closed().then((why) => {
    if (why) die(why);
  });
  const parts = await build({ config, worker, log, bus, access, die, ...bound });
  const self = new Self({ name, worker, parts, stop });
  const withSelf = parts.ports.map((port) =>
    port.name === "internal" ? { ...port, services: [...port.services, self.service] } : port,
  );
  const ports = await OpenPorts.open(withSelf, config.advertiseHost);
  self.address = ports.addressOf("internal");
  await parts.start(self.address);
  ports.setServing(true);
  const announcement = parts.announce(self.facts);
  process.stdout.write(`${readyLine(ports.open)}\n`);

  const endStreams = () => {
    parts.endStreams?.();
    ports.endEndless();
  };
  process.on("SIGUSR2", endStreams);
  const lost = await stopped;
  self.drains(lost);
  announcement.draining();
  ports.setServing(false);
  log.info({ failed: lost !== undefined }, "draining");
  endStreams();
  await parts.drain(lost ? 0 : config.drainMs);
  await ports.close(lost ? FAILURE_GRACE_MS : config.drainMs);
  await parts.close();
  await announcement.retract();
  await bus.close();
  await stopTracing();
  stopClearing();
}

async function openBus<R>(
  connecting: Promise<Bus>,
  bind: (bus: Bus) => Promise<R>,
): Promise<{ bus: Bus; bound: R }> {
  const bus = await connecting;
  return { bus, bound: await bind(bus) };
}

/** A native call that hangs would block an orderly exit forever. */
function exitAtTheLatest(log: Log): void {
  const kill = () => {
    log.fatal("a lost native part hangs; killing this process");
    process.kill(process.pid, "SIGKILL");
  };
  setTimeout(kill, FAILURE_EXIT_MS);
}

function stopRequest(log: Log): {
  stopped: Promise<Error | undefined>;
  die: (why: Error) => void;
  /** As after SIGTERM. */
  stop: () => void;
} {
  let die: (why: Error) => void = () => {};
  let stop = () => {};
  const stopped = new Promise<Error | undefined>((resolve) => {
    die = (why) => {
      log.fatal({ err: why }, "native part lost");
      process.exitCode = 1;
      // This also limits a drain that is running already.
      exitAtTheLatest(log);
      resolve(why);
    };
    stop = () => resolve(undefined);
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, stop);
  });
  return { stopped, die, stop };
}

/** The argument with which a supervisor starts a service: it prints the error of a failed start. */
export const SUPERVISED = "--supervised";
/** Begins the line on standard output that tells a supervisor why the start failed. */
export const FAILED = "failed ";

/** Runs a service's main. An error before it serves becomes one clear line and a failed exit. */
export function runMain(main: () => Promise<void>): void {
  // Called inside a promise: a wrong setting is thrown before `main` has made one.
  Promise.resolve()
    .then(main)
    .then(
      () => process.exit(),
      (error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        if (process.argv.includes(SUPERVISED)) {
          process.stdout.write(`${FAILED}${JSON.stringify(why)}\n`, () => process.exit(1));
        } else {
          process.stderr.write(`error: ${why}\n`);
          process.exit(1);
        }
      },
    );
}

/**
 * What the life of every service process has, whether it needs NATS or not: a name, a log, traces,
 * failpoints, and the request to stop.
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { logVerbosity, setLogVerbosity } from "@grpc/grpc-js";
import { type CommonConfig, unknownVariables } from "../config.js";
import { createLog, type Log, type LogTap } from "../log.js";
import { offerFreeDisk } from "../telemetry/free-disk.js";
import type { Metrics } from "../telemetry/start-metrics.js";
import { startTelemetry } from "../telemetry/telemetry.js";
import { keepCleared } from "../telemetry/trace-files.js";
import { enableFailpoints } from "./failpoint.js";
import { type HealthSocket, openHealthSocket } from "./health-socket.js";
import { VERSION } from "./package-path.js";

/**
 * The longest time from the loss of a native part to the end of the process, even if something
 * hangs.
 */
const FAILURE_EXIT_MS = 4_000;

export type LifeConfig = Pick<
  CommonConfig,
  "logLevel" | "logFormat" | "failpointFolder" | "healthSocket" | "traceFolder" | "keepTracesHours"
>;

export interface Life {
  /** Unique name of the process. */
  readonly worker: string;
  readonly log: Log;
  /** Resolves at SIGTERM, SIGINT or `stop`, and after a loss with its error. */
  readonly stopped: Promise<Error | undefined>;
  /** Ends the process with a failure, so that its supervisor starts another. */
  readonly die: (why: Error) => void;
  /** As after SIGTERM. */
  readonly stop: () => void;
  /** Says outside of every port whether the process serves. */
  readonly health: HealthSocket;
  /** What the process measures; undefined where nobody asks. */
  readonly metrics: Metrics | undefined;
  /** Writes and pushes what is left of traces, metrics and logs. */
  end(): Promise<void>;
}

/**
 * Begins the life of the process of the service `name`. `readsMetrics`: it shows its own metrics.
 */
export async function beginLife(
  name: string,
  config: LifeConfig,
  { readsMetrics = false }: { readonly readsMetrics?: boolean } = {},
): Promise<Life> {
  const worker = `${name}-${hostname()}-${process.pid}-${randomBytes(2).toString("hex")}`;
  // Photos, videos and traces are private: whatever this process creates, only its user reads.
  process.umask(0o077);
  const tap: LogTap = { to: undefined };
  const format = config.logFormat;
  const log = createLog(config.logLevel, { service: name, worker }, { format, tap });
  // What gRPC prints by itself is thrown too, in more words.
  setLogVerbosity(logVerbosity.NONE);
  for (const variable of unknownVariables()) log.warn({ variable }, "nothing reads this setting");
  const request = stopRequest(log);
  enableFailpoints(config.failpointFolder, name);
  const { traceFolder } = config;
  const telemetry = await startTelemetry({
    ...{ service: name, worker, version: VERSION, log, tap, traceFolder, readsMetrics },
  });
  offerFreeDisk("traces", traceFolder);
  const stopClearing = keepCleared(config.traceFolder, config.keepTracesHours, (error) =>
    log.warn({ err: error }, "old trace files not removed; the next attempt is in an hour"),
  );
  const health = await openHealthSocket(config.healthSocket, log);
  const end = async () => {
    await telemetry.end();
    stopClearing();
    await health.close();
  };
  return { worker, log, health, metrics: telemetry.metrics, ...request, end };
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

/** The life of a service that needs no NATS: load settings, serve, drain on SIGTERM, exit. */
import type { CommonConfig } from "../config.js";
import type { Log } from "../log.js";
import type { Metrics } from "../telemetry/start-metrics.js";
import { beginLife, type LifeConfig } from "./life.js";

export interface BuslessContext<C> {
  readonly config: C;
  readonly worker: string;
  readonly log: Log;
  /** What the process measures; undefined where nobody asks. */
  readonly metrics: Metrics | undefined;
  /** Fires when the process is asked to stop, also while it still waits for something. */
  readonly stopping: AbortSignal;
}

/** What such a service provides. */
export interface BuslessParts {
  /** Opens its port; resolves to the words of the ready line, such as `http=127.0.0.1:7480`. */
  open(): Promise<string>;
  /** Ends the streams of callers that have no end of their own, with DRAINING. For SIGUSR2. */
  endStreams(): void;
  /** Refuses new work with DRAINING; resolves when running work has ended, or after `graceMs`. */
  drain(graceMs: number): Promise<void>;
  /** Closes the port. */
  close(): Promise<void> | void;
}

export type BuslessConfig = LifeConfig & Pick<CommonConfig, "drainMs">;

/**
 * Runs a service until SIGTERM or SIGINT. Resolves when everything is closed. A process that is
 * stopped while `build` waits leaves at once.
 */
export async function runServiceWithoutBus<C extends BuslessConfig>(
  name: string,
  config: C,
  build: (context: BuslessContext<C>) => Promise<BuslessParts>,
  options: { readonly readsMetrics?: boolean } = {},
): Promise<void> {
  const life = await beginLife(name, config, options);
  const { worker, log, health, metrics, stopped } = life;
  const stopping = new AbortController();
  void stopped.then(() => stopping.abort());
  const parts = await Promise.race([
    build({ config, worker, log, metrics, stopping: stopping.signal }),
    stopped,
  ]);
  if (!parts || parts instanceof Error) return life.end();
  const words = await parts.open();
  health.setServing(true);
  process.on("SIGUSR2", () => parts.endStreams());
  process.stdout.write(`ready ${words}\n`);
  const lost = await stopped;
  health.setServing(false);
  log.info({ failed: lost !== undefined }, "draining");
  parts.endStreams();
  await parts.drain(lost ? 0 : config.drainMs);
  await parts.close();
  await life.end();
}

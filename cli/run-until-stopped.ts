/** How `depthmesh up` runs a mesh, or workers of another one, until Ctrl-C. */
import type { MetricsTarget } from "../launcher/metrics-ports.js";
import { print } from "./print.js";

export interface Foreground<T> {
  /** For "stopped before … ready". */
  readonly what: string;
  start(signal: AbortSignal): Promise<T>;
  /** Tells that it runs. What it throws stops it. */
  show(running: T): void;
  beforeStop?(): void;
}

/** Returns after SIGINT or SIGTERM, when everything has stopped. Throws what `start` throws. */
export async function runUntilStopped<T extends { stop(): Promise<void> }>({
  what,
  start,
  show,
  beforeStop,
}: Foreground<T>): Promise<void> {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener("abort", () => resolve());
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const running = await start(stop.signal).catch((error) => {
    if (!stop.signal.aborted) throw error;
    process.stderr.write(`stopped before ${what} ready\n`);
    return undefined;
  });
  if (!running) return;
  try {
    show(running);
  } catch (error) {
    await running.stop();
    throw error;
  }
  await stopped;
  process.stderr.write("shutting down: waiting for running work\n");
  beforeStop?.();
  await running.stop();
}

/** One line for each worker, and one for each address that Prometheus reads. */
export function printWorkers({
  workers,
  metrics,
}: {
  readonly workers: readonly { readonly service: string; readonly address: string }[];
  readonly metrics: readonly MetricsTarget[];
}): void {
  for (const { service, address } of workers) print(`worker ${service} grpc=${address}`);
  for (const { service, address } of metrics) print(`metrics ${service} http://${address}/metrics`);
}

/**
 * Traces, metrics and logs of one process, as the settings ask for them. What is not asked for is
 * not loaded.
 */
import { pause } from "../async/delay.js";
import { readSettings } from "../config.js";
import type { Log, LogTap } from "../log.js";
import { type Process, resourceOf } from "./resource.js";
import { pushes, TELEMETRY_SETTINGS } from "./settings.js";
import type { Metrics } from "./start-metrics.js";
import { startTracing } from "./tracing.js";

/** A collector that is away must not keep a process that has nothing left to do. */
const END_MS = 2_000;

export interface TelemetryOptions extends Process {
  readonly log: Log;
  /** Where lines of the log go besides. */
  readonly tap: LogTap;
  /** Folder of the local trace files. */
  readonly traceFolder: string;
  /** The service reads its own metrics: they are measured whatever else is set. */
  readonly readsMetrics?: boolean;
}

export interface Telemetry {
  /** Undefined where nobody has asked for metrics. */
  readonly metrics: Metrics | undefined;
  /** Writes and pushes what is left. */
  end(): Promise<void>;
}

/** Throws for a wrong setting, and where the port of the metrics cannot be opened. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const config = readSettings(TELEMETRY_SETTINGS);
  const { service, log, tap, traceFolder, readsMetrics = false } = options;
  const resource = resourceOf(options, config);
  const isPushing = (["traces", "metrics", "logs"] as const).some((one) => pushes(config, one));
  if (isPushing) {
    const { logDiagnostics } = await import("./diagnostics.js");
    logDiagnostics(log);
  }
  const stopTracing = await startTracing({
    ...{ process: options, resource, folder: traceFolder, pushes: pushes(config, "traces") },
    isOff: config.sdkDisabled === "true",
  });
  const isRead = config.metricsPort !== 0 && config.sdkDisabled === "false";
  let metrics: Metrics | undefined;
  if (isRead || readsMetrics || pushes(config, "metrics")) {
    const { startMetrics } = await import("./start-metrics.js");
    metrics = await startMetrics(service, resource, config);
    if (metrics.address) log.info({ address: metrics.address }, "metrics can be read");
  }
  let closeLogs = async () => {};
  if (pushes(config, "logs")) {
    const { openLogExport } = await import("./log-export.js");
    const exported = openLogExport(resource);
    tap.to = exported.take;
    closeLogs = () => {
      tap.to = undefined;
      return exported.close();
    };
  }
  return {
    metrics,
    end: async () => {
      const pushed = Promise.allSettled([stopTracing(), metrics?.close(), closeLogs()]);
      const late = new AbortController();
      void pushed.then(() => late.abort());
      await pause(END_MS, late.signal);
    },
  };
}

/**
 * Settings of traces, metrics and logs: the variables that OpenTelemetry names, and the port that
 * Prometheus reads. What else the exporters know (headers, certificates, timeouts, compression)
 * they read from the variables of OpenTelemetry themselves.
 */
import { z } from "zod";
import { type ConfigOf, choice, host, integer, type Setting, text } from "../config.js";

const ONLY_GRPC = ["grpc"] as const;
const EXPORTERS = ["auto", "otlp", "none"] as const;

const protocol = (variable: string) =>
  choice(variable, "grpc", ONLY_GRPC, "protocol of OTLP; depthmesh speaks gRPC only");

const endpoint = (variable: string, signal: string) =>
  text(variable, "", `OTLP/gRPC collector for ${signal}, in place of the one for all`);

export const TELEMETRY_SETTINGS = {
  metricsPort: integer(
    "DEPTHMESH_METRICS_PORT",
    0,
    [0, 65535],
    "port that Prometheus reads (/metrics, plain HTTP, for whoever reaches it), 0 opens none",
  ),
  metricsHost: host(
    "DEPTHMESH_METRICS_HOST",
    "127.0.0.1",
    "address that DEPTHMESH_METRICS_PORT listens on",
  ),
  sdkDisabled: choice(
    "OTEL_SDK_DISABLED",
    "false",
    ["false", "true"],
    "true switches traces off, the local files too, and metrics and logs over OTLP; trace ids of callers are still passed on",
  ),
  serviceName: text(
    "OTEL_SERVICE_NAME",
    "",
    "service.name of traces, metrics and logs; unset means depthmesh- and the name of the service",
  ),
  resourceAttributes: resourceSetting(
    "OTEL_RESOURCE_ATTRIBUTES",
    "attributes of traces, metrics and logs: key=value,key=value, with special characters as %XX",
  ),
  otlpEndpoint: text(
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "",
    "OTLP/gRPC collector for traces and metrics, such as http://127.0.0.1:4317; https:// encrypts",
  ),
  otlpTracesEndpoint: endpoint("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "traces"),
  otlpMetricsEndpoint: endpoint("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "metrics"),
  otlpLogsEndpoint: endpoint("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "logs; it also asks for logs"),
  otlpProtocol: protocol("OTEL_EXPORTER_OTLP_PROTOCOL"),
  otlpTracesProtocol: protocol("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"),
  otlpMetricsProtocol: protocol("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"),
  otlpLogsProtocol: protocol("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL"),
  tracesExporter: choice(
    "OTEL_TRACES_EXPORTER",
    "auto",
    EXPORTERS,
    "whether spans are pushed over OTLP; auto means where an endpoint is set",
  ),
  metricsExporter: choice(
    "OTEL_METRICS_EXPORTER",
    "auto",
    EXPORTERS,
    "whether metrics are pushed over OTLP; auto means where an endpoint is set",
  ),
  logsExporter: choice(
    "OTEL_LOGS_EXPORTER",
    "auto",
    EXPORTERS,
    "whether the lines of the log are also pushed over OTLP; auto means where an endpoint of logs is set",
  ),
  tracesSampler: choice(
    "OTEL_TRACES_SAMPLER",
    "parentbased_always_on",
    [
      ...(["parentbased_always_on", "always_on", "always_off", "traceidratio"] as const),
      ...(["parentbased_always_off", "parentbased_traceidratio"] as const),
    ],
    "which traces are kept, in the local files too: depthmesh trace has nothing of a job whose trace is not",
  ),
  tracesSamplerArg: ratioSetting(
    "OTEL_TRACES_SAMPLER_ARG",
    "share of the traces that traceidratio keeps",
  ),
  metricInterval: integer(
    "OTEL_METRIC_EXPORT_INTERVAL",
    60_000,
    [100, 86_400_000],
    "milliseconds between two pushes of metrics",
  ),
  metricTimeout: integer(
    "OTEL_METRIC_EXPORT_TIMEOUT",
    30_000,
    [100, 86_400_000],
    "milliseconds that one push of metrics may take, at most the interval",
  ),
};

export type TelemetryConfig = ConfigOf<typeof TELEMETRY_SETTINGS>;

export type Signal = "traces" | "metrics" | "logs";

/** Whether a signal is pushed over OTLP. */
export function pushes(config: TelemetryConfig, signal: Signal): boolean {
  if (config.sdkDisabled === "true") return false;
  const [exporter, own] = {
    traces: [config.tracesExporter, config.otlpTracesEndpoint],
    metrics: [config.metricsExporter, config.otlpMetricsEndpoint],
    logs: [config.logsExporter, config.otlpLogsEndpoint],
  }[signal] as [string, string];
  if (exporter !== "auto") return exporter === "otlp";
  // Logs are asked for by a variable of their own: an endpoint for all was one of traces so far.
  return own !== "" || (signal !== "logs" && config.otlpEndpoint !== "");
}

/** The pairs of OTEL_RESOURCE_ATTRIBUTES. */
function resourceSetting(
  variable: string,
  meaning: string,
): Setting<Readonly<Record<string, string>>> {
  const schema = z
    .string()
    .default("")
    .transform((given, context) => {
      const pairs = given.split(",").filter((pair) => pair.trim() !== "");
      const read = pairs.map(readPair);
      if (read.some((pair) => pair === undefined)) context.addIssue("a pair is wrong");
      return Object.fromEntries(read.filter((pair) => pair !== undefined));
    });
  return {
    ...{ variable, schema, expected: "pairs key=value with commas between them" },
    meaning: `${meaning} (default unset)`,
  };
}

function readPair(pair: string): readonly [string, string] | undefined {
  const [key = "", ...rest] = pair.split("=");
  if (key.trim() === "" || rest.length !== 1) return undefined;
  try {
    return [decodeURIComponent(key.trim()), decodeURIComponent((rest[0] ?? "").trim())];
  } catch {
    return undefined;
  }
}

function ratioSetting(variable: string, meaning: string): Setting<number> {
  return {
    ...{ variable, schema: z.coerce.number().min(0).max(1).default(1) },
    expected: "a number from 0 to 1",
    meaning: `${meaning} (default 1, 0 to 1)`,
  };
}

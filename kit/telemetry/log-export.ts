/** Lines of the log as records of OTLP, with the trace that was active. Loaded where asked for. */
import { context } from "@opentelemetry/api";
import { type AnyValueMap, SeverityNumber } from "@opentelemetry/api-logs";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import type { Resource } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";

/** pino's levels; those between two count as the lower one. */
const SEVERITIES: readonly (readonly [level: number, severity: SeverityNumber, text: string])[] = [
  [60, SeverityNumber.FATAL, "FATAL"],
  [50, SeverityNumber.ERROR, "ERROR"],
  [40, SeverityNumber.WARN, "WARN"],
  [30, SeverityNumber.INFO, "INFO"],
  [20, SeverityNumber.DEBUG, "DEBUG"],
];

export interface LogExport {
  /** Takes a line as pino writes it, in the context in which it was logged. */
  take(line: string): void;
  close(): Promise<void>;
}

export function openLogExport(resource: Resource): LogExport {
  // The exporter reads endpoint, headers and certificates from OTEL_EXPORTER_OTLP_*.
  const exporter = new OTLPLogExporter();
  const provider = new LoggerProvider({
    resource,
    processors: [new BatchLogRecordProcessor({ exporter })],
  });
  const logger = provider.getLogger("depthmesh");
  return {
    take: (line) => {
      // The process is in the resource.
      const { level, time, msg, service: _, worker: __, ...attributes } = JSON.parse(line);
      const [, severityNumber, severityText] = SEVERITIES.find(([from]) => level >= from) ?? [
        ...([0, SeverityNumber.TRACE, "TRACE"] as const),
      ];
      logger.emit({
        ...{ timestamp: new Date(time), severityNumber, severityText, body: msg },
        ...{ attributes: attributes as AnyValueMap, context: context.active() },
      });
    },
    close: () => provider.shutdown(),
  };
}

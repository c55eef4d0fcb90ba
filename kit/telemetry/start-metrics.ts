/** Metrics of one process: who reads them, and what every process measures. Loaded where asked. */
import type { Resource } from "@opentelemetry/resources";
import {
  type IMetricReader,
  MetricReader,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { MetricRecorder } from "./metric-recorder.js";
import type { MetricName } from "./metric-table.js";
import { setMetricSink } from "./metrics.js";
import { openMetricsPort } from "./metrics-port.js";
import { metricsText } from "./openmetrics.js";
import { offerProcessMetrics } from "./process-metrics.js";
import { pushes, type TelemetryConfig } from "./settings.js";

export interface Metrics {
  /** host:port that Prometheus reads; undefined without one. */
  readonly address: string | undefined;
  /** All metrics of this process, or some, as Prometheus reads them. */
  text(openMetrics: boolean, only?: (name: MetricName) => boolean): Promise<string>;
  /** Pushes what is left, and closes the port. */
  close(): Promise<void>;
}

/** Throws where the port cannot be opened. */
export async function startMetrics(
  service: string,
  resource: Resource,
  config: TelemetryConfig,
): Promise<Metrics> {
  const pull = new PullReader();
  const readers: IMetricReader[] = [pull];
  if (pushes(config, "metrics")) readers.push(await pushReader(config));
  const recorder = new MetricRecorder(service, resource, readers);
  setMetricSink(recorder);
  const stopOffering = offerProcessMetrics();
  const text = async (openMetrics: boolean, only?: (name: MetricName) => boolean) => {
    const { resourceMetrics } = await pull.collect();
    const { exemplars } = recorder;
    const isCurrent = recorder.isCurrent.bind(recorder);
    const options = { openMetrics, exemplars, isCurrent, ...(only && { only }) };
    return metricsText(resourceMetrics, options);
  };
  const { metricsHost, metricsPort } = config;
  const isOpen = metricsPort !== 0 && config.sdkDisabled === "false";
  const port = isOpen ? await openMetricsPort(metricsHost, metricsPort, text) : undefined;
  return {
    address: port?.address,
    text,
    close: async () => {
      setMetricSink(undefined);
      stopOffering();
      port?.close();
      await recorder.close();
    },
  };
}

/** Read by whoever asks. */
class PullReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

async function pushReader(config: TelemetryConfig): Promise<IMetricReader> {
  const { OTLPMetricExporter } = await import("@opentelemetry/exporter-metrics-otlp-grpc");
  const { metricInterval, metricTimeout } = config;
  return new PeriodicExportingMetricReader({
    // It reads the endpoint, headers, certificates and timeout from OTEL_EXPORTER_OTLP_*.
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis: metricInterval,
    exportTimeoutMillis: Math.min(metricTimeout, metricInterval),
  });
}

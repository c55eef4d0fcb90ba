/** docs/metrics.md: every metric with its unit, its attributes and the services that have it. */
import { METRIC_ATTRIBUTES } from "../kit/telemetry/metric-attributes.js";
import { METRIC_SERVICES } from "../kit/telemetry/metric-rows/row.js";
import { METRIC_NAMES, METRICS, type MetricName } from "../kit/telemetry/metric-table.js";
import { labelName, prometheusFamily, prometheusName } from "../kit/telemetry/prometheus-names.js";
import { STEPS } from "../kit/telemetry/span-steps.js";
import { NOTICE, table } from "./docs-table.js";

export function metricsPage(): string {
  return [
    "# Metrics",
    NOTICE,
    "Every service measures itself where it is asked to: `DEPTHMESH_METRICS_PORT` opens a port that Prometheus scrapes" +
      " (`/metrics`), an OTLP endpoint gets the same pushed ([operate.md](operate.md#metrics)). Without either nothing" +
      " is measured. The names are those of OpenTelemetry; Prometheus has an underscore for each dot, and the unit at the end.",
    "Histograms whose buckets carry a trace id (exemplars) are marked with ●; `depthmesh trace` shows that trace by its job," +
      " and a collector by its id. They are in the text format OpenMetrics, which Prometheus asks for by itself; the library" +
      " that pushes OTLP writes none.",
    table(["metric", "in Prometheus", "kind", "services", "meaning"], METRIC_NAMES.map(metricLine)),
    "## Attributes",
    "Labels of Prometheus. Each has a bounded number of values, and none is the name of a job, an upload or a caller. Every" +
      " metric also has the resource's attributes, in Prometheus as `target_info`: `service.name`, `service.instance.id`" +
      " (the process), `service.version`, and what `OTEL_RESOURCE_ATTRIBUTES` adds.",
    table(
      ["attribute", "label", "values"],
      Object.entries(METRIC_ATTRIBUTES).map(([name, values]) => [
        `\`${name}\``,
        `\`${labelName(name)}\``,
        values,
      ]),
    ),
    "## Sub-steps",
    "Values of `depthmesh.step`; they are the spans of the same names in a job's trace.",
    table(
      ["step", "what is done"],
      Object.entries(STEPS).map(([name, what]) => [`\`${name}\``, what]),
    ),
  ].join("\n\n");
}

function metricLine(name: MetricName): string[] {
  const { instrument, unit, description, attributes, services, exemplars, appearsWith } =
    METRICS[name];
  const inPrometheus = instrument === "histogram" ? prometheusFamily(name) : prometheusName(name);
  const by = attributes.length > 0 ? ` By ${attributes.map((a) => `\`${a}\``).join(", ")}.` : "";
  const absent = appearsWith === undefined ? "" : ` Absent before ${appearsWith}.`;
  return [
    `\`${name}\`${exemplars ? " ●" : ""}`,
    `\`${inPrometheus}\``,
    `${instrument.replace("observed ", "")}, ${unit}`,
    services.length === METRIC_SERVICES.length ? "all" : services.join(", "),
    `${description}.${by}${absent}`,
  ];
}

/**
 * Metrics as text for Prometheus: OpenMetrics 1.0 with exemplars, or the older text format without
 * them. The exporter of the SDK's authors writes neither units nor exemplars.
 */
import {
  DataPointType,
  type Histogram,
  type MetricData,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import type { Exemplar, Exemplars } from "./exemplars.js";
import { METRICS, type MetricName } from "./metric-table.js";
import { labelName, prometheusFamily, unitWord } from "./prometheus-names.js";

export interface TextOptions {
  /** Whether the text is OpenMetrics. */
  readonly openMetrics: boolean;
  readonly exemplars: Exemplars;
  /** Whether a series still has a value. */
  readonly isCurrent: (name: string, attributes: Readonly<Record<string, unknown>>) => boolean;
  /** Leaves out the others; all by default. */
  readonly only?: (name: MetricName) => boolean;
}

export function metricsText(
  { resource, scopeMetrics }: ResourceMetrics,
  options: TextOptions,
): string {
  const { openMetrics, only = () => true } = options;
  const families = scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .filter(({ descriptor: { name } }) => Object.hasOwn(METRICS, name) && only(name as MetricName))
    .map((metric) => family(metric, options));
  const target = options.only ? [] : [targetInfo(resource.attributes, openMetrics)];
  return [...target, ...families, ...(openMetrics ? ["# EOF\n"] : [])].join("");
}

/** What every series of this process shares. */
function targetInfo(attributes: object, openMetrics: boolean): string {
  const head = openMetrics ? "# TYPE target info\n" : "# TYPE target_info gauge\n";
  const help = `# HELP ${openMetrics ? "target" : "target_info"} What every series of this process shares\n`;
  return `${head}${help}target_info${labels(attributes)} 1\n`;
}

function family(metric: MetricData, options: TextOptions): string {
  const name = metric.descriptor.name as MetricName;
  const row = METRICS[name];
  const family = prometheusFamily(name);
  const isCounter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
  const samples = isCounter ? `${family}_total` : family;
  // In the older format the name of a counter ends with `_total` everywhere.
  const head = options.openMetrics ? family : samples;
  const type = metric.dataPointType === DataPointType.HISTOGRAM ? "histogram" : "gauge";
  const unit = unitWord(row);
  return [
    `# TYPE ${head} ${isCounter ? "counter" : type}\n`,
    ...(options.openMetrics && unit !== "" ? [`# UNIT ${head} ${unit}\n`] : []),
    `# HELP ${head} ${escaped(row.description)}\n`,
    ...points(metric, name, samples, options),
  ].join("");
}

function points(
  metric: MetricData,
  name: MetricName,
  samples: string,
  options: TextOptions,
): string[] {
  if (metric.dataPointType === DataPointType.HISTOGRAM) {
    return metric.dataPoints.flatMap(({ attributes, value }) =>
      histogram({ name, samples, attributes, value }, options),
    );
  }
  if (metric.dataPointType === DataPointType.EXPONENTIAL_HISTOGRAM) return [];
  return metric.dataPoints
    .filter(({ attributes }) => options.isCurrent(name, attributes))
    .map(({ attributes, value }) => `${samples}${labels(attributes)} ${number(value)}\n`);
}

interface HistogramSeries {
  readonly name: MetricName;
  readonly samples: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly value: Histogram;
}

function histogram(series: HistogramSeries, { openMetrics, exemplars }: TextOptions): string[] {
  const { name, samples, attributes, value } = series;
  const { boundaries, counts } = value.buckets;
  let sum = 0;
  const buckets = counts.map((count, index) => {
    sum += count;
    const le = number(boundaries[index] ?? Number.POSITIVE_INFINITY);
    const exemplar = openMetrics ? exemplars.find(name, attributes, index) : undefined;
    return `${samples}_bucket${labels({ ...attributes, le })} ${sum}${suffix(exemplar)}\n`;
  });
  const own = labels(attributes);
  return [
    ...buckets,
    `${samples}_count${own} ${value.count}\n`,
    `${samples}_sum${own} ${number(value.sum ?? 0)}\n`,
  ];
}

function suffix(exemplar: Exemplar | undefined): string {
  if (!exemplar) return "";
  const { traceId, spanId, value, atSeconds } = exemplar;
  const ids = labels({ trace_id: traceId, span_id: spanId });
  return ` # ${ids} ${number(value)} ${atSeconds.toFixed(3)}`;
}

function labels(attributes: object): string {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${label(key)}="${escaped(String(value)).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

/** Attributes of the resource are the operator's, and may have any characters. */
const label = (key: string) => labelName(key).replace(/[^a-zA-Z0-9_]/g, "_");

const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

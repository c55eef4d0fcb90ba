/**
 * The instruments of one process, made from the table, and the readers that take their values.
 * Loaded only where metrics are asked for: the SDK takes a while to load.
 */
import { type Context, type Counter, type Histogram, ValueType } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import { type IMetricReader, MeterProvider } from "@opentelemetry/sdk-metrics";
import { Exemplars } from "./exemplars.js";
import {
  type CounterMetric,
  type HistogramMetric,
  METRIC_NAMES,
  METRICS,
  type ObservedMetric,
} from "./metric-table.js";
import { type MetricSink, readMetric } from "./metrics.js";
import { seriesKey } from "./series-key.js";

type AttributeValues = Record<string, string | number>;

export class MetricRecorder implements MetricSink {
  readonly exemplars = new Exemplars();
  readonly #provider: MeterProvider;
  readonly #counters = new Map<string, Counter>();
  /** The series of the last reading, by metric. */
  readonly #observed = new Map<string, ReadonlySet<string>>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(service: string, resource: Resource, readers: readonly IMetricReader[]) {
    this.#provider = new MeterProvider({ resource, readers: [...readers] });
    const meter = this.#provider.getMeter("depthmesh");
    for (const name of METRIC_NAMES) {
      const { instrument, unit, description, services, buckets } = METRICS[name];
      if (!services.some((one) => one === service)) continue;
      const options = { unit, description };
      if (instrument === "counter") {
        this.#counters.set(name, meter.createCounter(name, { ...options, valueType: INT }));
      } else if (instrument === "histogram") {
        const advice = { explicitBucketBoundaries: [...(buckets ?? [])] };
        this.#histograms.set(name, meter.createHistogram(name, { ...options, advice }));
      } else {
        const observed =
          instrument === "gauge"
            ? meter.createObservableGauge(name, options)
            : meter.createObservableCounter(name, options);
        observed.addCallback(async (result) => {
          const series = new Set<string>();
          for (const { value, attributes } of await readMetric(name as ObservedMetric)) {
            result.observe(value, attributes as AttributeValues);
            series.add(seriesKey(name, attributes ?? {}));
          }
          this.#observed.set(name, series);
        });
      }
    }
  }

  /**
   * Whether the last reading had this series. The SDK goes on with the last value of one that can
   * no longer be read, such as the length of a queue while NATS is away.
   */
  isCurrent(name: string, attributes: Readonly<Record<string, unknown>>): boolean {
    return this.#observed.get(name)?.has(seriesKey(name, attributes)) ?? true;
  }

  add(name: CounterMetric, count: number, attributes: object): void {
    this.#counters.get(name)?.add(count, attributes as AttributeValues);
  }

  record(name: HistogramMetric, value: number, attributes: object, active: Context): void {
    this.#histograms.get(name)?.record(value, attributes as AttributeValues, active);
    const { exemplars, buckets = [] } = METRICS[name];
    if (exemplars) {
      this.exemplars.note(name, attributes as AttributeValues, value, buckets, active);
    }
  }

  /** Sends what is left. */
  close(): Promise<void> {
    return this.#provider.shutdown();
  }
}

const { INT } = ValueType;

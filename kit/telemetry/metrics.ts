/**
 * What the code of the services tells the metrics. Without `startMetrics` (metric-recorder.ts)
 * nothing is measured and nothing is loaded. All of it happens in the main thread of a process.
 */
import { type Context, context } from "@opentelemetry/api";
import type {
  CounterMetric,
  HistogramMetric,
  MetricName,
  MetricValues,
  ObservedMetric,
} from "./metric-table.js";

/** A value of a metric that is asked for, in the unit of its row. */
export interface Reading<Name extends MetricName = ObservedMetric> {
  readonly value: number;
  readonly attributes?: MetricValues<Name>;
}

/** Values at this moment. Those that cannot be known now are left out; it may also reject. */
export type Reader<Name extends MetricName = ObservedMetric> = () =>
  | readonly Reading<Name>[]
  | Promise<readonly Reading<Name>[]>;

/** Where measurements go. */
export interface MetricSink {
  add(name: CounterMetric, count: number, attributes: object): void;
  record(name: HistogramMetric, value: number, attributes: object, active: Context): void;
}

let sink: MetricSink | undefined;
const readers = new Map<ObservedMetric, Set<Reader>>();

/** Measurements go to `to` from now on; undefined ends that. */
export function setMetricSink(to: MetricSink | undefined): void {
  sink = to;
}

/** Whether somebody reads the metrics: for measurements that cost something by themselves. */
export const isMeasuring = () => sink !== undefined;

/** Adds to a counter; 0 makes its series known before anything has happened. */
export function increment<Name extends CounterMetric>(
  name: Name,
  attributes: MetricValues<Name>,
  by = 1,
): void {
  sink?.add(name, by, attributes);
}

/** Records a duration in seconds. A trace that is active in `active` becomes an exemplar. */
export function measure<Name extends HistogramMetric>(
  name: Name,
  seconds: number,
  attributes: MetricValues<Name>,
  active: Context = context.active(),
): void {
  sink?.record(name, seconds, attributes, active);
}

/**
 * As `measure`, for a callback of a stream, which has no trace: that of now becomes the exemplar.
 */
export function measuredLater<Name extends HistogramMetric>(
  name: Name,
): (seconds: number, attributes: MetricValues<Name>) => void {
  const active = context.active();
  return (seconds, attributes) => measure(name, seconds, attributes, active);
}

/** `read` is asked whenever somebody reads the metrics. The returned function ends that. */
export function offerMetric<Name extends ObservedMetric>(
  name: Name,
  read: Reader<Name>,
): () => void {
  const all = readers.get(name) ?? new Set();
  readers.set(name, all);
  all.add(read as Reader);
  return () => all.delete(read as Reader);
}

/** Everything that was offered for this metric. A reader that fails is left out. */
export async function readMetric(name: ObservedMetric): Promise<readonly Reading[]> {
  const all = [...(readers.get(name) ?? [])].map(async (read) => read());
  const settled = await Promise.allSettled(all);
  return settled.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}

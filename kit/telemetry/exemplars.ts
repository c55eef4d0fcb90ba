/**
 * The latest measurement with a trace in each bucket of a histogram: from a slow bucket of a chart
 * to the trace of one job in it.
 */
import { type Context, TraceFlags, trace } from "@opentelemetry/api";
import { seriesKey } from "./series-key.js";

export interface Exemplar {
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  /** Unix time in seconds. */
  readonly atSeconds: number;
}

/** Bounds the memory, whatever the table's rows become. */
const MAX_SERIES = 1_000;

type AttributeValues = Readonly<Record<string, unknown>>;

export class Exemplars {
  /** By series; in each, by bucket. */
  readonly #latest = new Map<string, (Exemplar | undefined)[]>();

  /** `buckets` are the upper bounds. A measurement without a sampled trace leaves nothing. */
  note(
    name: string,
    attributes: AttributeValues,
    value: number,
    buckets: readonly number[],
    active: Context,
  ): void {
    const span = trace.getSpanContext(active);
    if (!span || (span.traceFlags & TraceFlags.SAMPLED) === 0) return;
    const key = seriesKey(name, attributes);
    let series = this.#latest.get(key);
    if (!series) {
      if (this.#latest.size >= MAX_SERIES) return;
      series = [];
      this.#latest.set(key, series);
    }
    const { traceId, spanId } = span;
    series[bucketOf(value, buckets)] = { traceId, spanId, value, atSeconds: Date.now() / 1000 };
  }

  /** The one in the bucket of this index; the last bucket has no upper bound. */
  find(name: string, attributes: AttributeValues, bucket: number): Exemplar | undefined {
    return this.#latest.get(seriesKey(name, attributes))?.[bucket];
  }
}

/** As the SDK counts: a bound belongs to the bucket below it. */
function bucketOf(value: number, buckets: readonly number[]): number {
  const index = buckets.findIndex((bound) => value <= bound);
  return index < 0 ? buckets.length : index;
}

/** What is said of a metric in the table of all metrics, and what its rows share. */
import type { MetricAttribute } from "../metric-attributes.js";

export const METRIC_SERVICES = ["gateway", "depth", "render", "encode", "web"] as const;
export type MetricService = (typeof METRIC_SERVICES)[number];

/**
 * A counter and a histogram are told what happens; of the others the value is asked for when the
 * metrics are read.
 */
export type Instrument = "counter" | "histogram" | "gauge" | "observed counter";

export interface MetricRow {
  readonly instrument: Instrument;
  /** UCUM: seconds, bytes, a ratio, or things in braces, such as `{order}`. */
  readonly unit: "s" | "By" | "1" | `{${string}}`;
  readonly description: string;
  readonly attributes: readonly MetricAttribute[];
  readonly services: readonly MetricService[];
  /** Upper bounds of the buckets of a histogram, in its unit. */
  readonly buckets?: readonly number[];
  /** Its buckets carry the trace id of a measurement. */
  readonly exemplars?: true;
  /** Absent until the event that it counts has happened once. */
  readonly appearsWith?: string;
}

/** Seconds: from an answer out of memory to a video that is watched while it is made. */
export const CALLS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
/** Seconds of work on a job, and of its parts. */
export const WORK = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 600, 3600,
];

export const ON_BUS = ["gateway", "depth", "render", "encode"] as const;
export const WORKERS = ["depth", "render", "encode"] as const;

/** Rows of the table, by the names of their metrics. */
export type MetricRows = Readonly<Record<string, MetricRow>>;

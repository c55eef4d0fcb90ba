/**
 * Every metric of every service, once: instruments, docs/metrics.md and the dashboards are made
 * from this table. Names, units and attributes follow the semantic conventions of OpenTelemetry
 * where they have one; those of our own begin with `depthmesh.`.
 */
import { CALLS_METRICS } from "./metric-rows/calls.js";
import { MESH_METRICS } from "./metric-rows/mesh.js";
import { ORDERS_METRICS } from "./metric-rows/orders.js";
import { PROCESS_METRICS } from "./metric-rows/process.js";
import type { Instrument, MetricRow } from "./metric-rows/row.js";
import { WEB_METRICS } from "./metric-rows/web.js";
import { WORK_METRICS } from "./metric-rows/work.js";

const ROWS = {
  ...CALLS_METRICS,
  ...ORDERS_METRICS,
  ...WORK_METRICS,
  ...MESH_METRICS,
  ...WEB_METRICS,
  ...PROCESS_METRICS,
};

export type MetricName = keyof typeof ROWS;

export const METRICS: Readonly<Record<MetricName, MetricRow>> = ROWS;

export const METRIC_NAMES = Object.keys(ROWS) as MetricName[];

type NamesOf<I extends Instrument> = {
  [Name in MetricName]: (typeof ROWS)[Name]["instrument"] extends I ? Name : never;
}[MetricName];

export type CounterMetric = NamesOf<"counter">;
export type HistogramMetric = NamesOf<"histogram">;
/** Metrics whose values are asked for. */
export type ObservedMetric = NamesOf<"gauge" | "observed counter">;

/** The values of the attributes of one measurement. */
export type MetricValues<Name extends MetricName> = {
  readonly [Attribute in (typeof ROWS)[Name]["attributes"][number]]?: string | number;
};

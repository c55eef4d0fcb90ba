/**
 * The name of a metric for Prometheus: dots become underscores, and the unit and `_total` of
 * counters follow, as the mapping between OpenTelemetry and Prometheus says.
 */
import type { MetricRow } from "./metric-rows/row.js";
import { METRICS, type MetricName } from "./metric-table.js";

const UNIT_WORDS: Readonly<Record<string, string>> = { s: "seconds", By: "bytes", "1": "ratio" };

/** The unit as a word, such as `seconds`; empty for things that are counted. */
export function unitWord({ unit }: Pick<MetricRow, "unit">): string {
  return UNIT_WORDS[unit] ?? "";
}

/**
 * The name of the metric's family, such as `rpc_server_call_duration_seconds`. The samples of a
 * counter have `_total` after it, those of a histogram `_bucket`, `_sum` and `_count`.
 */
export function prometheusFamily(name: MetricName): string {
  const word = unitWord(METRICS[name]);
  const plain = labelName(name);
  return word === "" ? plain : `${plain}_${word}`;
}

/** The name of what a query asks for; of a histogram that of its count. */
export function prometheusName(name: MetricName): string {
  const { instrument } = METRICS[name];
  const family = prometheusFamily(name);
  if (instrument === "histogram") return `${family}_count`;
  return instrument === "gauge" ? family : `${family}_total`;
}

/** The label of an attribute. */
export const labelName = (name: string) => name.replaceAll(".", "_");

/**
 * Queries of Prometheus as text, whose metrics and labels are those of the table: a metric or an
 * attribute with another name does not compile.
 */
import type { MetricAttribute } from "../kit/telemetry/metric-attributes.js";
import type { HistogramMetric, MetricName, MetricValues } from "../kit/telemetry/metric-table.js";
import { labelName, prometheusFamily, prometheusName } from "../kit/telemetry/prometheus-names.js";

/** The job of Prometheus that reads all processes of the mesh. */
const JOB = "depthmesh";

/** `service` is a label of the target (docs/observability.md); `instance` is Prometheus' own. */
type TargetLabel = "service" | "instance";
export type Label = MetricAttribute | TargetLabel | "service_version";

/** A value; with `=~`, `!~` or `!=` before it, another comparison than equality. */
type Where<Name extends MetricName> = {
  readonly [L in keyof MetricValues<Name> | TargetLabel]?: string;
};

/** The series of a metric; of a histogram those of its count. */
export function series<Name extends MetricName>(name: Name, where: Where<Name> = {}): string {
  return selector(prometheusName(name), where);
}

/** The sums of a histogram. */
export function sums<Name extends HistogramMetric>(name: Name, where: Where<Name> = {}): string {
  return selector(`${prometheusFamily(name)}_sum`, where);
}

/** What Prometheus itself says of a target: 1 while it can be read, else 0. */
export const reachable = (where: Readonly<Partial<Record<TargetLabel, string>>>) =>
  selector("up", where);

/** Names of the processes and their versions. */
export const targetInfo = (where: Readonly<Partial<Record<Label, string>>> = {}) =>
  selector("target_info", where);

export const rate = (of: string, window: string) => `rate(${of}[${window}])`;
export const increase = (of: string, window: string) => `increase(${of}[${window}])`;

/** Adds up, by these labels. */
export const sum = (of: string, ...by: readonly Label[]) => aggregated("sum", of, by);
/** The largest: of what each gateway tells alike. */
export const max = (of: string, ...by: readonly Label[]) => aggregated("max", of, by);
export const count = (of: string, ...by: readonly Label[]) => aggregated("count", of, by);

/** A quantile of a histogram, by these labels. */
export function quantile<Name extends HistogramMetric>(
  q: number,
  name: Name,
  options: { readonly window: string; readonly where?: Where<Name>; readonly by?: Label[] },
): string {
  const { window, where = {}, by = [] } = options;
  const buckets = selector(`${prometheusFamily(name)}_bucket`, where);
  const labels = ["le", ...by.map(labelName)].join(", ");
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${buckets}[${window}])))`;
}

/** The mean of a histogram, by these labels. */
export function mean<Name extends HistogramMetric>(
  name: Name,
  options: { readonly window: string; readonly where?: Where<Name>; readonly by?: Label[] },
): string {
  const { window, where = {}, by = [] } = options;
  const total = sum(rate(sums(name, where), window), ...by);
  return `${total} / ${sum(rate(series(name, where), window), ...by)}`;
}

/**
 * The share of `part` in `whole`; 0, and not nothing, where `part` has no series yet because what
 * it counts has not happened.
 */
export const share = (part: string, whole: string) => `(${part} or ${whole} * 0) / ${whole}`;

/**
 * Where a counter has grown within the window, also by its first event: a counter that appears with
 * 1 has no earlier sample, so that `increase` alone would see nothing.
 */
export const grew = (of: string, window: string) =>
  `(${increase(of, window)} > 0) or (${of} > 0 unless ${of} offset ${window})`;

/** A condition: one of these values. */
export const anyOf = (values: readonly string[]) => `=~${values.join("|")}`;

/** Labels in `on (…)`. */
export const on = (...labels: readonly Label[]) => `on (${labels.map(labelName).join(", ")})`;

function aggregated(operator: string, of: string, by: readonly Label[]): string {
  const labels = by.length === 0 ? "" : ` by (${by.map(labelName).join(", ")}) `;
  return `${operator}${labels}(${of})`;
}

function selector(name: string, where: Readonly<Partial<Record<string, string>>>): string {
  const conditions = Object.entries({ job: JOB, ...where })
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([label, condition]) => {
      const [, operator = "=", value = ""] = /^(=~|!~|!=)?(.*)$/s.exec(condition) ?? [];
      return `${labelName(label)}${operator}${JSON.stringify(value)}`;
    });
  return `${name}{${conditions.join(",")}}`;
}

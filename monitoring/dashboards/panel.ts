/** A dashboard as data: rows of panels, each with its queries. `grafana.ts` makes JSON of it. */
import { type HistogramMetric, METRICS } from "../../kit/telemetry/metric-table.js";
import type { AlertName } from "../alerts/alerts.js";
import { type Label, quantile } from "../promql.js";

export interface Query {
  readonly expression: string;
  /** With `{{label}}` for what differs. */
  readonly legend: string;
  /** Points that lead to traces. */
  readonly hasExemplars?: boolean;
}

/** As Grafana names its units. `short` is a number of things, `ops` such a number each second. */
export type PanelUnit = "s" | "bytes" | "Bps" | "short" | "ops" | "percentunit";

export interface Panel {
  readonly title: string;
  /** What it shows, and what is usual. */
  readonly description: string;
  readonly unit: PanelUnit;
  readonly queries: readonly Query[];
  /** `lines` unless it says otherwise. A `stat` is one number for each series. */
  readonly kind?: "lines" | "stacked" | "stat";
  /** Their runbooks are linked. */
  readonly alerts?: readonly AlertName[];
}

export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Selects the processes that the variable `instance` offers; all without it. */
  readonly service?: string;
  readonly rows: readonly Row[];
}

/** The window that Grafana chooses by the range that is shown. */
export const WINDOW = "$__rate_interval";
/** The processes that the reader has chosen. */
export const CHOSEN = { instance: "=~$instance" } as const;

/**
 * The median, the 95th and the 99th percentile of a histogram, with exemplars where it has some.
 */
export function quantiles<Name extends HistogramMetric>(
  name: Name,
  where: NonNullable<Parameters<typeof quantile<Name>>[2]["where"]>,
  by: Label[] = [],
): Query[] {
  const suffix = by.map((label) => ` {{${label.replaceAll(".", "_")}}}`).join("");
  const hasExemplars = METRICS[name].exemplars === true;
  return [0.5, 0.95, 0.99].map((q) => ({
    expression: quantile(q, name, { window: WINDOW, where, by }),
    legend: `p${q * 100}${suffix}`,
    hasExemplars,
  }));
}

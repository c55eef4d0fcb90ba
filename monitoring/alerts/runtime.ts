/** Processes that are too busy to answer. */
import { series } from "../promql.js";
import { type Alert, held } from "./alert.js";

const delay = (instance: string) =>
  series("nodejs.eventloop.delay.p99", { service: "gateway", instance });

export const RUNTIME_ALERTS = {
  DepthmeshEventLoopSlow: {
    severity: "warning",
    expression: `${series("nodejs.eventloop.delay.p99")} > 0.25`,
    lasting: "10m",
    summary:
      "The main thread of {{ $labels.service }} at {{ $labels.instance }} answers {{ $value | humanizeDuration }} late.",
    action: "Give the process more processor time, or spread its load over more processes.",
    test: {
      series: {
        [delay("a:1")]: held([0.01, 10], [0.5, 20], [0.01, 10]),
        [delay("b:1")]: held([0.02, 40]),
      },
      ...{ silentAt: 15, firingAt: 25, overAt: 35, value: "500ms" },
      labels: [{ job: "depthmesh", service: "gateway", instance: "a:1" }],
    },
  },
} as const satisfies Readonly<Record<string, Alert>>;

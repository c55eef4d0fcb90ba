/** The files of rules and of their tests that Prometheus and promtool read. */
import { stringify } from "yaml";
import type { Alert } from "./alerts/alert.js";
import { ALERT_NAMES, ALERTS, type AlertName, runbookOf } from "./alerts/alerts.js";
import { RECORDED } from "./recorded.js";

const NOTICE =
  "# Generated from monitoring/ by `npm run docs`; a test checks that it is up to date.\n";
const MINUTE = "1m";

/** deploy/prometheus/depthmesh.rules.yml */
export function rulesText(): string {
  const recordings = Object.values(RECORDED);
  const groups = [
    {
      name: "depthmesh-recorded",
      rules: recordings.map(({ name, expression }) => ({ record: name, expr: expression })),
    },
    {
      name: "depthmesh-alerts",
      rules: ALERT_NAMES.map((name) => {
        const { expression, lasting, severity } = ALERTS[name];
        const rule = { alert: name, expr: expression, ...(lasting !== "0m" && { for: lasting }) };
        return { ...rule, labels: { severity }, annotations: annotationsOf(name) };
      }),
    },
  ];
  return yamlOf({ groups });
}

/** deploy/prometheus/depthmesh.test.yml: each alert is silent, fires, is over; or never fires. */
export function ruleTestsText(): string {
  const tests = ALERT_NAMES.flatMap((name) => {
    const { test } = ALERTS[name];
    const { silentAt, firingAt, overAt, neverBy } = test;
    const never = [0, silentAt, firingAt, overAt].map((at) => expected(name, at, false));
    return [
      {
        name,
        ...inputOf(test.series),
        alert_rule_test: [
          ...[expected(name, silentAt, false), expected(name, firingAt, true)],
          expected(name, overAt, false),
        ],
      },
      ...(neverBy ? [{ name: `${name}, never`, ...inputOf(neverBy), alert_rule_test: never }] : []),
    ];
  });
  return yamlOf({
    rule_files: ["depthmesh.rules.yml"],
    evaluation_interval: MINUTE,
    tests,
  });
}

function inputOf(series: Readonly<Record<string, string>>) {
  const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
  return { interval: MINUTE, input_series: input };
}

function expected(name: AlertName, atMinute: number, isFiring: boolean) {
  const { severity, test } = ALERTS[name];
  const { value = "" } = test;
  const alerts = test.labels.map((labels) => ({
    exp_labels: { severity, ...labels },
    exp_annotations: Object.fromEntries(
      Object.entries(annotationsOf(name)).map(([key, text]) => [key, filled(text, labels, value)]),
    ),
  }));
  return {
    eval_time: `${atMinute}m`,
    alertname: name,
    exp_alerts: isFiring ? alerts : [],
  };
}

function annotationsOf(name: AlertName) {
  const { summary, action }: Pick<Alert, "summary" | "action"> = ALERTS[name];
  return { summary, description: action, runbook_url: runbookOf(name) };
}

/** What Prometheus makes of the templates that alerts use. */
function filled(text: string, labels: Readonly<Record<string, string>>, value: string): string {
  return text
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? "")
    .replace(/\{\{ \$value[^}]*\}\}/g, value);
}

const yamlOf = (value: object) => `${NOTICE}${stringify(value, { lineWidth: 0 })}`.trimEnd();

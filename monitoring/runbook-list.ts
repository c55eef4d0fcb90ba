/** docs/runbooks/README.md: every alert, with its severity and the sentence that it sends. */
import { ALERT_NAMES, ALERTS } from "./alerts/alerts.js";

export function runbookList(notice: string, table: (head: string[], rows: string[][]) => string) {
  const rows = ALERT_NAMES.map((name) => {
    const { severity, lasting, summary } = ALERTS[name];
    const text = summary
      .replace(/\{\{ \$labels\.(?:depthmesh_)?(\w+) \}\}/g, "‹$1›")
      .replace(/\{\{ \$value[^}]*\}\}/g, "‹value›");
    return [`[${name}](${name}.md)`, severity, lasting === "0m" ? "at once" : lasting, text];
  });
  return [
    "# Runbooks",
    notice,
    "A page for each alert of [deploy/prometheus/depthmesh.rules.yml](../../deploy/prometheus/depthmesh.rules.yml)" +
      " ([observability.md](../observability.md)). `critical` wakes somebody: callers are failed, or will be soon. `warning` can" +
      " wait for the day. In the pages, write for GATEWAY, NATS, PROMETHEUS, WEB and INSTANCE the hosts of yours, for DATA" +
      " the data folder, for JOB, NAME and TENANT what the alert is about.",
    table(["alert", "severity", "after", "says"], rows),
  ].join("\n\n");
}

/** The queries of panels and rules, as they are asked of a real Prometheus. */
import { readFileSync } from "node:fs";
import { packagePath } from "../../kit/process/package-path.js";
import { ALERT_NAMES, runbookOf } from "../../monitoring/alerts/alerts.js";
import { DASHBOARDS } from "../../monitoring/dashboards/dashboards.js";
import type { Prometheus } from "../servers/prometheus.js";

/**
 * Panels that are empty until something fails, and why the jobs of the test do not bring it about.
 */
export const ONLY_IN_FAULTS: Readonly<Record<string, string>> = {
  "depthmesh-depth/Calls that did not succeed": "nobody calls a depth worker wrongly",
  "depthmesh-render/Calls that did not succeed": "nobody calls a render worker wrongly",
  "depthmesh-encode/Calls that did not succeed": "nobody calls an encode worker wrongly",
  "depthmesh-depth/Errors by reason": "nobody calls a depth worker wrongly",
  "depthmesh-render/Errors by reason": "nobody calls a render worker wrongly",
  "depthmesh-encode/Errors by reason": "nobody calls an encode worker wrongly",
};

/** What only faults bring about: of the rest of a selector, series must exist. */
const FAULTY =
  /^(rpc_status_code|http_response_status_code|error_type|depthmesh_failure|depthmesh_provider)\b/;

const SELECTOR = /([a-z_:][\w:]*)\{([^}]*)\}/gi;
const CONDITION = /\w+(?:=~|!~|!=|=)"(?:[^"\\]|\\.)*"/g;

/** Every query of every panel, with Grafana's variables filled in. */
export function panelQueries(): { readonly panel: string; readonly expression: string }[] {
  return DASHBOARDS.flatMap(({ uid, rows }) =>
    rows.flatMap(({ panels }) =>
      panels.flatMap(({ title, queries }) =>
        queries.map(({ expression }) => ({
          panel: `${uid}/${title}`,
          expression: expression.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".+"),
        })),
      ),
    ),
  );
}

/** The queries that the runbooks tell to ask; for INSTANCE the reader writes one of his own. */
export function runbookQueries(): string[] {
  return ALERT_NAMES.flatMap((name) => {
    const page = readFileSync(packagePath("docs", runbookOf(name)), "utf8");
    const asked = [...page.matchAll(/^promtool query instant \S+ '(.*)'$/gm)];
    return asked.map(([, query = ""]) => query.replaceAll('="INSTANCE"', '=~".+"'));
  });
}

/**
 * The selectors of a query of which no series has ever been seen: a metric or a label's value that
 * does not exist. An alert's query itself is empty while all is well.
 */
export async function emptySelectors(
  prometheus: Pick<Prometheus, "series">,
  query: string,
): Promise<string[]> {
  const empty: string[] = [];
  for (const [selector, name = "", conditions = ""] of query.matchAll(SELECTOR)) {
    const usual = (conditions.match(CONDITION) ?? []).filter((each) => !FAULTY.test(each));
    const found = await prometheus.series(`${name}{${usual.join(",")}}`);
    if (found.length === 0) empty.push(selector);
  }
  return empty;
}

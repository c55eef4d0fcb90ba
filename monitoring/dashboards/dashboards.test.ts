/**
 * The dashboards as Grafana reads them, and whether they show everything. That their queries have
 * data is asked of a real Prometheus by tests/metrics.test.ts.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Panel as GrafanaPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import { packagePath } from "../../kit/process/package-path.js";
import { METRIC_NAMES } from "../../kit/telemetry/metric-table.js";
import { prometheusFamily } from "../../kit/telemetry/prometheus-names.js";
import { ALERT_NAMES, ALERTS } from "../alerts/alerts.js";
import { RECORDED } from "../recorded.js";
import { DASHBOARDS, fileOf } from "./dashboards.js";
import { dashboardOf } from "./grafana.js";

const panels = DASHBOARDS.flatMap(({ rows }) => rows.flatMap((row) => row.panels));

test("every metric is on a dashboard", () => {
  const shown = panels.flatMap(({ queries }) => queries.map(({ expression }) => expression));
  const recorded = Object.values(RECORDED).filter(({ name }) =>
    shown.some((expression) => expression.includes(name)),
  );
  const all = [...shown, ...recorded.map(({ expression }) => expression)].join("\n");
  const missing = METRIC_NAMES.filter((name) => !all.includes(prometheusFamily(name)));
  assert.deepEqual(missing, []);
});

test("every recorded query is asked for", () => {
  const asked = [
    ...panels.flatMap(({ queries }) => queries.map(({ expression }) => expression)),
    ...ALERT_NAMES.map((name) => ALERTS[name].expression),
  ].join("\n");
  const unused = Object.values(RECORDED).filter(({ name }) => !asked.includes(name));
  assert.deepEqual(unused, []);
});

test("every alert is linked from a panel", () => {
  const linked = new Set(panels.flatMap(({ alerts = [] }) => alerts));
  assert.deepEqual(
    ALERT_NAMES.filter((name) => !linked.has(name)),
    [],
  );
});

test("panels say what they show, in a unit, and have a name of their own", () => {
  for (const { uid, rows } of DASHBOARDS) {
    const own = rows.flatMap((row) => row.panels);
    const titles = own.map(({ title }) => title);
    assert.deepEqual(
      titles.filter((title, index) => titles.indexOf(title) !== index),
      [],
      uid,
    );
    for (const { title, description, queries } of own) {
      assert.match(description, /^[A-Z0-9].*\.$/s, title);
      assert.ok(queries.length > 0, title);
    }
  }
});

test("the JSON is what Grafana needs: numbers, places that do not overlap, known variables", () => {
  for (const dashboard of DASHBOARDS) {
    const { panels: built = [], templating } = dashboardOf(dashboard);
    const all = built.filter((panel): panel is GrafanaPanel => panel.type !== "row");
    assert.equal(new Set(built.map(({ id }) => id)).size, built.length, dashboard.uid);
    const cells = new Set<string>();
    for (const { title, gridPos } of all) {
      const { x, y, w, h } = gridPos ?? assert.fail(`${title} has no place`);
      assert.ok(x + w <= 24, title);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          assert.ok(!cells.has(`${column},${line}`), `${title} lies over another panel`);
          cells.add(`${column},${line}`);
        }
      }
    }
    const variables = new Set((templating?.list ?? []).map(({ name }) => name));
    const text = readFileSync(packagePath(fileOf(dashboard)), "utf8");
    for (const [, braced, plain] of text.matchAll(/\$(?:\{(\w+)[^}]*\}|(\w+))/g)) {
      const name = braced ?? plain ?? "";
      assert.ok(variables.has(name) || name.startsWith("__"), `${dashboard.uid} uses $${name}`);
    }
    // Exemplars are asked for exactly where buckets have them.
    const exemplars = all.flatMap(({ targets = [] }) => targets).filter(isWithExemplars);
    for (const target of exemplars) assert.match(JSON.stringify(target), /_(bucket|sum)\{/);
  }
});

const isWithExemplars = (target: object) => "exemplar" in target && target.exemplar === true;

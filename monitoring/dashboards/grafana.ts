/** Dashboards of Grafana from rows of panels. */
import * as common from "@grafana/grafana-foundation-sdk/common";
import * as grafana from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { runbookOf } from "../alerts/alerts.js";
import { series } from "../promql.js";
import type { Dashboard, Panel, Query } from "./panel.js";

const DATASOURCE = { type: "prometheus", uid: `$\{datasource}` };
const TAG = "depthmesh";
/** Of 24 columns; in rows of three. */
const WIDTH = 8;
const HEIGHT = 8;
const STAT_HEIGHT = 4;
/** Where docs/ is served: in deploy/compose.yaml, by Grafana itself. */
const DOCS = "/public/depthmesh-docs";

/** The JSON of a dashboard, as a file holds it. */
export function dashboardText(dashboard: Dashboard): string {
  return JSON.stringify(dashboardOf(dashboard), undefined, 2);
}

export function dashboardOf(dashboard: Dashboard): grafana.Dashboard {
  const { uid, title, description, rows } = dashboard;
  const builder = new grafana.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .timezone("browser")
    .tooltip(grafana.DashboardCursorSync.Crosshair)
    .time({ from: "now-1h", to: "now" })
    .refresh("30s")
    .link(
      new grafana.DashboardLinkBuilder("depthmesh")
        .type(grafana.DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true),
    );
  for (const variable of variablesOf(dashboard)) builder.withVariable(variable);
  for (const row of rows) {
    builder.withRow(new grafana.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panelOf(panel));
  }
  return numbered(builder.build());
}

function variablesOf({ service }: Dashboard) {
  const where = service === undefined ? {} : { service };
  return [
    new grafana.DatasourceVariableBuilder("datasource").label("Prometheus").type("prometheus"),
    new grafana.QueryVariableBuilder("instance")
      .label("process")
      .datasource(DATASOURCE)
      .query(`label_values(${series("process.uptime", where)}, instance)`)
      .refresh(grafana.VariableRefresh.OnTimeRangeChanged)
      .sort(grafana.VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue(".+")
      .current({ selected: true, text: "All", value: "$__all" }),
    new grafana.TextBoxVariableBuilder("docs")
      .label("address of docs/")
      .description("Where the runbooks are served, without a slash at the end")
      .defaultValue(DOCS)
      .current({ selected: true, text: DOCS, value: DOCS }),
  ];
}

function panelOf(panel: Panel) {
  const { title, description, unit, queries, alerts = [] } = panel;
  const builder = panel.kind === "stat" ? statOf() : linesOf(panel.kind === "stacked");
  builder
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(WIDTH)
    .links(alerts.map(runbookLink));
  for (const [index, query] of queries.entries()) builder.withTarget(targetOf(query, index));
  return builder;
}

function statOf() {
  return new stat.PanelBuilder()
    .height(STAT_HEIGHT)
    .noValue("–")
    .graphMode(common.BigValueGraphMode.Area)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false));
}

function linesOf(isStacked: boolean) {
  const builder = new timeseries.PanelBuilder()
    .height(HEIGHT)
    .min(0)
    .lineWidth(1)
    .fillOpacity(isStacked ? 30 : 5)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (!isStacked) return builder;
  return builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
}

function targetOf({ expression, legend, hasExemplars = false }: Query, index: number) {
  return new prometheus.DataqueryBuilder()
    .datasource(DATASOURCE)
    .expr(expression)
    .legendFormat(legend)
    .range()
    .exemplar(hasExemplars)
    .refId(String.fromCharCode("A".charCodeAt(0) + index));
}

function runbookLink(alert: Parameters<typeof runbookOf>[0]) {
  return new grafana.DashboardLinkBuilder(`Runbook: ${alert}`)
    .type(grafana.DashboardLinkType.Link)
    .url(`\${docs:raw}/${runbookOf(alert)}`)
    .targetBlank(true);
}

/** Panels are linked to, and drawn alone, by their number. */
function numbered(dashboard: grafana.Dashboard): grafana.Dashboard {
  let id = 0;
  for (const panel of dashboard.panels ?? []) {
    id += 1;
    panel.id = id;
  }
  return dashboard;
}

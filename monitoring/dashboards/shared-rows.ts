/** Rows that the dashboards of several services have. */
import type { MetricService } from "../../kit/telemetry/metric-rows/row.js";
import { mean, on, rate, series, sum } from "../promql.js";
import { RECORDED } from "../recorded.js";
import { CHOSEN, quantiles, type Row, WINDOW } from "./panel.js";

type OnBus = Exclude<MetricService, "web">;
type Worker = Exclude<OnBus, "gateway">;

/** What it answers: how often, how often wrongly, how fast; and what it asks of others. */
export function callRow(service: OnBus): Row {
  const mine = { service, ...CHOSEN };
  const ofService = `{service="${service}"}`;
  return {
    title: "Calls",
    panels: [
      {
        ...{ title: "Calls by method", unit: "ops", kind: "stacked" },
        description: "Calls that ended each second, of all processes of the service.",
        queries: [
          { expression: `${RECORDED.callsByMethod.name}${ofService}`, legend: "{{rpc_method}}" },
        ],
      },
      {
        ...{ title: "Calls that did not succeed", unit: "ops" },
        description: "By method and status. Statuses such as NOT_FOUND are faults of callers.",
        queries: [
          {
            expression: sum(
              rate(
                series("rpc.server.call.duration", {
                  ...{ ...mine, "rpc.status_code": "!=OK" },
                }),
                WINDOW,
              ),
              ...(["rpc.method", "rpc.status_code"] as const),
            ),
            legend: "{{rpc_method}} {{rpc_status_code}}",
          },
        ],
        alerts: ["DepthmeshCallsFailing"],
      },
      {
        ...{ title: "Duration by method", unit: "s" },
        description:
          "95th percentile over 5 minutes. Calls that follow something last as long as it.",
        queries: [
          { expression: `${RECORDED.callDurationP95.name}${ofService}`, legend: "{{rpc_method}}" },
        ],
      },
      {
        ...{ title: "Duration of all calls", unit: "s" },
        description: "Percentiles over all methods of the chosen processes.",
        queries: quantiles("rpc.server.call.duration", mine),
      },
      {
        ...{ title: "Calls to others", unit: "ops" },
        description: "Calls that it has made, by method and status.",
        queries: [
          {
            expression: sum(
              rate(series("rpc.client.call.duration", mine), WINDOW),
              ...(["rpc.method", "rpc.status_code"] as const),
            ),
            legend: "{{rpc_method}} {{rpc_status_code}}",
          },
        ],
      },
      {
        ...{ title: "Errors by reason", unit: "ops" },
        description: "Reasons of the errors that its calls ended with.",
        queries: [
          {
            expression: sum(rate(series("depthmesh.errors", mine), WINDOW), "error.type"),
            legend: "{{error_type}}",
          },
        ],
      },
    ],
  };
}

/** Attempts, sub-steps and slots of a worker. */
export function workRow(stage: Worker): Row {
  const mine = { service: stage, ...CHOSEN };
  return {
    title: "Work",
    panels: [
      {
        ...{ title: "Duration of an attempt", unit: "s" },
        description: "From the lease to the commit or the failure. Points lead to traces.",
        queries: quantiles("messaging.process.duration", mine),
      },
      {
        ...{ title: "Attempts", unit: "ops", kind: "stacked" },
        description: "Attempts that ended each second, by their error; without one they succeeded.",
        queries: [
          {
            expression: sum(rate(series("messaging.process.duration", mine), WINDOW), "error.type"),
            legend: "{{error_type}}",
          },
        ],
        alerts: ["DepthmeshRetriesMany", "DepthmeshDeadLetters"],
      },
      {
        ...{ title: "Slots", unit: "short", kind: "stacked" },
        description: "Orders that the chosen processes work on, and could.",
        queries: [
          {
            expression: sum(series("depthmesh.slots", mine), "depthmesh.slot.state"),
            legend: "{{depthmesh_slot_state}}",
          },
        ],
        alerts: ["DepthmeshStageSaturated"],
      },
      {
        ...{ title: "Duration of sub-steps", unit: "s" },
        description: "95th percentile over 5 minutes, of all processes of the service.",
        queries: [
          {
            expression: `${RECORDED.stepDurationP95.name}{service="${stage}"}`,
            legend: "{{depthmesh_step}}",
          },
        ],
      },
      {
        ...{ title: "Mean of sub-steps", unit: "s", kind: "stacked" },
        description: "Where the time of an attempt goes. Points lead to traces.",
        queries: [
          {
            expression: mean("depthmesh.stage.step.duration", {
              ...{ window: WINDOW, where: mine, by: ["depthmesh.step"] },
            }),
            legend: "{{depthmesh_step}}",
            hasExemplars: true,
          },
        ],
      },
      {
        ...{ title: "Leases lost", unit: "ops" },
        description: "Work that another process has taken over. 0 is usual.",
        queries: [
          {
            expression: sum(rate(series("depthmesh.leases.lost", mine), WINDOW), "instance"),
            legend: "{{instance}}",
          },
        ],
        alerts: ["DepthmeshLeasesLost"],
      },
    ],
  };
}

/** The process itself. */
export function runtimeRow(service: MetricService): Row {
  const mine = { service, ...CHOSEN };
  const INSTANCE = "{{instance}}";
  return {
    title: "Process",
    panels: [
      {
        ...{ title: "Processor time", unit: "short" },
        description: "Cores that each process uses, with its threads and ended children.",
        queries: [
          {
            expression: `${sum(rate(series("process.cpu.time", mine), WINDOW), "instance")} + ${on("instance")} ${sum(rate(series("depthmesh.children.cpu.time", mine), WINDOW), "instance")}`,
            legend: INSTANCE,
          },
        ],
      },
      {
        ...{ title: "Memory", unit: "bytes" },
        description:
          "Resident memory, without children. It is usual that it grows at first, then not.",
        queries: [{ expression: series("process.memory.usage", mine), legend: INSTANCE }],
      },
      {
        ...{ title: "Delay of the event loop", unit: "s" },
        description: "How late the main thread answers. A few milliseconds are usual.",
        queries: [
          { expression: series("nodejs.eventloop.delay.p50", mine), legend: `p50 ${INSTANCE}` },
          { expression: series("nodejs.eventloop.delay.p99", mine), legend: `p99 ${INSTANCE}` },
          { expression: series("nodejs.eventloop.delay.max", mine), legend: `max ${INSTANCE}` },
        ],
        alerts: ["DepthmeshEventLoopSlow"],
      },
      {
        ...{ title: "Use of the main thread", unit: "percentunit" },
        description: "Share of the time in which the event loop was busy.",
        queries: [{ expression: series("nodejs.eventloop.utilization", mine), legend: INSTANCE }],
      },
      {
        ...{ title: "Time since the start", unit: "s" },
        description: "A line that falls is a start.",
        queries: [{ expression: series("process.uptime", mine), legend: INSTANCE }],
        alerts: ["DepthmeshRestarts"],
      },
    ],
  };
}

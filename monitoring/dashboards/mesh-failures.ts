/** What fails, by its reason. */
import { grew, increase, rate, series, sum } from "../promql.js";
import { RECORDED } from "../recorded.js";
import { type Row, WINDOW } from "./panel.js";

export const FAILURE_ROW: Row = {
  title: "Failures",
  panels: [
    {
      ...{ title: "Failed attempts by reason", unit: "ops" },
      description: "Attempts that follow again, by stage, kind and reason.",
      queries: [
        {
          expression: sum(
            rate(series("depthmesh.stage.retries"), WINDOW),
            ...(["depthmesh.stage", "depthmesh.failure", "error.type"] as const),
          ),
          legend: "{{depthmesh_stage}} {{depthmesh_failure}} {{error_type}}",
        },
      ],
      alerts: ["DepthmeshRetriesMany"],
    },
    {
      ...{ title: "Jobs given up", unit: "short" },
      description: "Dead letters of the last hour, by stage and reason.",
      queries: [
        {
          expression: sum(
            grew(series("depthmesh.dead_letters"), "1h"),
            ...(["depthmesh.stage", "error.type"] as const),
          ),
          legend: "{{depthmesh_stage}} {{error_type}}",
        },
      ],
      alerts: ["DepthmeshDeadLetters"],
    },
    {
      ...{ title: "Errors of calls by reason", unit: "ops" },
      description: "Calls that end with an error, faults of callers among them.",
      queries: [
        {
          expression: sum(rate(series("depthmesh.errors"), WINDOW), "service", "error.type"),
          legend: "{{service}} {{error_type}}",
        },
      ],
      alerts: ["DepthmeshCallersRefused", "DepthmeshCallsFailing"],
    },
    {
      ...{ title: "Calls that fail by a fault of the mesh", unit: "percentunit" },
      description: "Share of the calls of each service, over 5 minutes.",
      queries: [{ expression: RECORDED.failedCalls.name, legend: "{{service}}" }],
      alerts: ["DepthmeshCallsFailing"],
    },
    {
      ...{ title: "Leases lost", unit: "short" },
      description: "Work that another worker took over, within 30 minutes. 0 is usual.",
      queries: [
        {
          expression: sum(increase(series("depthmesh.leases.lost"), "30m"), "depthmesh.stage"),
          legend: "{{depthmesh_stage}}",
        },
      ],
      alerts: ["DepthmeshLeasesLost"],
    },
    {
      ...{ title: "Damage", unit: "short" },
      description:
        "Blobs that differ from their hash, and entries that cannot be read, in an hour.",
      queries: [
        {
          expression: sum(increase(series("depthmesh.corrupt_blobs"), "1h"), "service"),
          legend: "corrupt blobs {{service}}",
        },
        {
          expression: sum(increase(series("depthmesh.unreadable_entries"), "1h"), "service"),
          legend: "unreadable entries {{service}}",
        },
      ],
      alerts: ["DepthmeshCorruptBlobs", "DepthmeshUnreadableEntries"],
    },
  ],
};

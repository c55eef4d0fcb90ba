/** The dashboard of the whole mesh: what callers get, and what stands in their way. */
import { increase, max, rate, reachable, series, share, sum } from "../promql.js";
import { RECORDED } from "../recorded.js";
import { FAILURE_ROW } from "./mesh-failures.js";
import { QUEUE_ROW } from "./mesh-queues.js";
import { CHOSEN, type Dashboard, quantiles, WINDOW } from "./panel.js";

const ended = (state: string) => series("depthmesh.job.duration", { "depthmesh.job.state": state });
const endedIn15 = (state: string) => sum(increase(ended(state), "15m"));
const PROCESS = "{{service}} {{instance}}";

export const MESH_DASHBOARD: Dashboard = {
  uid: "depthmesh-mesh",
  title: "depthmesh",
  description: "Jobs, queues, failures and storage of the whole mesh.",
  rows: [
    {
      title: "Now",
      panels: [
        {
          ...{ title: "Processes", unit: "short", kind: "stat" },
          description: "Processes that can be read, by service.",
          queries: [{ expression: sum(reachable({}), "service"), legend: "{{service}}" }],
          alerts: ["DepthmeshGatewayDown", "DepthmeshProcessDown", "DepthmeshMixedVersions"],
        },
        {
          ...{ title: "Firing alerts", unit: "short", kind: "stat" },
          description: "Alerts of depthmesh that fire now. 0 is usual.",
          queries: [
            {
              expression:
                'count(ALERTS{alertname=~"Depthmesh.*",alertstate="firing"}) or vector(0)',
              legend: "alerts",
            },
          ],
        },
        {
          ...{ title: "Failed jobs", unit: "percentunit", kind: "stat" },
          description:
            "Share of the jobs of the last 15 minutes that failed, without cancelled ones.",
          queries: [
            {
              expression: share(endedIn15("FAILED"), endedIn15("=~SUCCEEDED|FAILED")),
              legend: "failed",
            },
          ],
          alerts: ["DepthmeshJobsFailing"],
        },
      ],
    },
    {
      title: "Jobs",
      panels: [
        {
          ...{ title: "Jobs accepted", unit: "ops", kind: "stacked" },
          description: "Jobs that the gateways take each second, by lane.",
          queries: [
            {
              expression: sum(rate(series("depthmesh.jobs.accepted"), WINDOW), "depthmesh.lane"),
              legend: "{{depthmesh_lane}}",
            },
          ],
        },
        {
          ...{ title: "Jobs ended", unit: "ops", kind: "stacked" },
          description: "Jobs that end each second, by how.",
          queries: [
            {
              expression: sum(
                rate(series("depthmesh.job.duration"), WINDOW),
                "depthmesh.job.state",
              ),
              legend: "{{depthmesh_job_state}}",
            },
          ],
          alerts: ["DepthmeshJobsFailing"],
        },
        {
          ...{ title: "Live jobs", unit: "short", kind: "stacked" },
          description: "Jobs that have not ended, by what they wait for or are in.",
          queries: [
            {
              expression: max(series("depthmesh.jobs.live"), "depthmesh.job.state"),
              legend: "{{depthmesh_job_state}}",
            },
          ],
        },
        {
          ...{ title: "End to end", unit: "s" },
          description: "From a job's acceptance to its success. Points lead to traces.",
          queries: quantiles("depthmesh.job.duration", { "depthmesh.job.state": "SUCCEEDED" }),
          alerts: ["DepthmeshJobsSlow"],
        },
        {
          ...{ title: "First fragment", unit: "s" },
          description: "From a job's acceptance to the first bytes that a caller can play.",
          queries: quantiles("depthmesh.job.first_fragment.duration", {}),
          alerts: ["DepthmeshFirstFragmentSlow"],
        },
        {
          ...{ title: "Duration of a stage", unit: "s" },
          description: "95th percentile of one attempt, over 5 minutes.",
          queries: [
            { expression: RECORDED.attemptDurationP95.name, legend: "{{depthmesh_stage}}" },
          ],
        },
      ],
    },
    QUEUE_ROW,
    FAILURE_ROW,
    {
      title: "Bus and storage",
      panels: [
        {
          ...{ title: "Connections to NATS", unit: "short" },
          description: "1 while a process is connected.",
          queries: [{ expression: series("depthmesh.bus.up", CHOSEN), legend: PROCESS }],
          alerts: ["DepthmeshBusDown"],
        },
        {
          ...{ title: "Free disk", unit: "bytes" },
          description: "Of the file systems that the processes write to.",
          queries: [
            {
              expression: series("depthmesh.disk.free", CHOSEN),
              legend: `${PROCESS} {{depthmesh_disk}}`,
            },
          ],
          alerts: ["DepthmeshDiskFull", "DepthmeshDiskLow", "DepthmeshDiskFilling"],
        },
        {
          ...{ title: "Blobs", unit: "bytes" },
          description: "Bytes of all blobs. Gateways over one store tell the same.",
          queries: [{ expression: max(series("depthmesh.blobs.size")), legend: "blobs" }],
        },
        {
          ...{ title: "Uploads", unit: "short", kind: "stacked" },
          description: "By state, of all gateways.",
          queries: [
            {
              expression: sum(series("depthmesh.uploads"), "depthmesh.upload.state"),
              legend: "{{depthmesh_upload_state}}",
            },
          ],
          alerts: ["DepthmeshUploadsWaiting"],
        },
        {
          ...{ title: "Starts", unit: "s" },
          description: "How long each process has run: a line that falls is a start.",
          queries: [{ expression: series("process.uptime", CHOSEN), legend: PROCESS }],
          alerts: ["DepthmeshRestarts"],
        },
        {
          ...{ title: "Processor time", unit: "short", kind: "stacked" },
          description: "Cores that each service uses, with its children.",
          queries: [
            {
              expression: sum(rate(series("process.cpu.time", CHOSEN), WINDOW), "service"),
              legend: "{{service}}",
            },
            {
              expression: sum(
                rate(series("depthmesh.children.cpu.time", CHOSEN), WINDOW),
                "service",
              ),
              legend: "{{service}}, children",
            },
          ],
        },
      ],
    },
  ],
};

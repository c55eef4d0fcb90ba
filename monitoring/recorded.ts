/**
 * Queries that Prometheus evaluates by itself and keeps: those over many series, which alerts and
 * several panels ask for. Their names are LEVEL:METRIC:OPERATION, as usual there.
 */
import type { status } from "@grpc/grpc-js";
import { anyOf, quantile, rate, series, share, sum } from "./promql.js";

export interface Recording {
  readonly name: string;
  readonly expression: string;
}

const calls = (status: string) =>
  sum(rate(series("rpc.server.call.duration", { "rpc.status_code": status }), "5m"), "service");
const requests = (status: string) =>
  sum(rate(series("http.server.request.duration", { "http.response.status_code": status }), "5m"));

/** Statuses that are no fault of the caller. RESOURCE_EXHAUSTED has an alert of its own. */
const FAULTS = [
  "INTERNAL",
  "UNKNOWN",
  "UNAVAILABLE",
  "DATA_LOSS",
  "DEADLINE_EXCEEDED",
] as const satisfies readonly (keyof typeof status)[];

export const RECORDED = {
  failedCalls: {
    name: "service:rpc_server_calls_failed:ratio_rate5m",
    expression: share(calls(anyOf(FAULTS)), calls("!=")),
  },
  failedRequests: {
    name: "mesh:http_server_requests_failed:ratio_rate5m",
    expression: share(requests("=~5.."), requests("!=")),
  },
  callsByMethod: {
    name: "service_method:rpc_server_calls:rate5m",
    expression: sum(rate(series("rpc.server.call.duration"), "5m"), "service", "rpc.method"),
  },
  callDurationP95: {
    name: "service_method:rpc_server_call_duration_seconds:p95_5m",
    expression: quantile(0.95, "rpc.server.call.duration", {
      ...{ window: "5m", by: ["service", "rpc.method"] },
    }),
  },
  stepDurationP95: {
    name: "service_step:depthmesh_stage_step_duration_seconds:p95_5m",
    expression: quantile(0.95, "depthmesh.stage.step.duration", {
      ...{ window: "5m", by: ["service", "depthmesh.step"] },
    }),
  },
  attemptDurationP95: {
    name: "stage:messaging_process_duration_seconds:p95_5m",
    expression: quantile(0.95, "messaging.process.duration", {
      ...{ window: "5m", by: ["depthmesh.stage"] },
    }),
  },
  jobDurationP95: {
    name: "mesh:depthmesh_job_duration_seconds:p95_15m",
    expression: quantile(0.95, "depthmesh.job.duration", {
      ...{ window: "15m", where: { "depthmesh.job.state": "SUCCEEDED" } },
    }),
  },
  firstFragmentP95: {
    name: "mesh:depthmesh_job_first_fragment_duration_seconds:p95_15m",
    expression: quantile(0.95, "depthmesh.job.first_fragment.duration", { window: "15m" }),
  },
} as const satisfies Readonly<Record<string, Recording>>;

/** Calls that fail by a fault of the mesh, not of the caller. */

import { series } from "../promql.js";
import { RECORDED } from "../recorded.js";
import { type Alert, counted } from "./alert.js";

const call = (status: string) =>
  series("rpc.server.call.duration", {
    ...{ service: "gateway", "rpc.method": "depthmesh.v1.JobService/GetJob" },
    "rpc.status_code": status,
  });
const request = (status: string) =>
  series("http.server.request.duration", {
    ...{ service: "web", "http.request.method": "GET", "http.route": "/v1/jobs/:job" },
    "http.response.status_code": status,
  });

export const CALL_ALERTS = {
  DepthmeshCallsFailing: {
    severity: "critical",
    expression: `${RECORDED.failedCalls.name} > 0.05`,
    lasting: "5m",
    summary:
      "{{ $value | humanizePercentage }} of the calls of {{ $labels.service }} end with an error of the mesh.",
    action:
      "Look which methods and reasons they are; most often NATS, a disk or another service is away.",
    test: {
      series: {
        [call("INTERNAL")]: counted([0, 20], [10, 20], [0, 30]),
        [call("OK")]: counted([90, 70]),
        // A fault of the caller.
        [call("NOT_FOUND")]: counted([0, 20], [0, 20], [900, 30]),
      },
      ...{ silentAt: 19, firingAt: 35, overAt: 55, labels: [{ service: "gateway" }], value: "10%" },
    },
  },
  DepthmeshWebFailing: {
    severity: "critical",
    expression: `${RECORDED.failedRequests.name} > 0.05`,
    lasting: "5m",
    summary: "{{ $value | humanizePercentage }} of the HTTP requests end with a status of 5xx.",
    action: "Look whether the web service reaches the gateway, then which routes fail.",
    test: {
      series: {
        [request("503")]: counted([0, 20], [10, 20], [0, 30]),
        [request("200")]: counted([90, 70]),
        [request("404")]: counted([0, 40], [900, 30]),
      },
      ...{ silentAt: 19, firingAt: 35, overAt: 55, labels: [{}], value: "10%" },
    },
  },
} as const satisfies Readonly<Record<string, Alert>>;

/** Metrics of the web service. */
import { CALLS, type MetricRows } from "./row.js";

export const WEB_METRICS = {
  "http.server.request.duration": {
    instrument: "histogram",
    unit: "s",
    description: "Time from a request's headers to the end of its answer",
    attributes: ["http.request.method", "http.route", "http.response.status_code"],
    services: ["web"],
    buckets: CALLS,
  },
  "http.server.active_requests": {
    instrument: "gauge",
    unit: "{request}",
    description:
      "Requests whose answer has not ended; open event streams and uploads are among them",
    attributes: ["http.request.method", "http.route"],
    services: ["web"],
  },
  "depthmesh.web.received": {
    instrument: "observed counter",
    unit: "By",
    description: "Bytes received over all connections, headers included",
    attributes: [],
    services: ["web"],
  },
  "depthmesh.web.sent": {
    instrument: "observed counter",
    unit: "By",
    description: "Bytes sent over all connections, headers included",
    attributes: [],
    services: ["web"],
  },
} as const satisfies MetricRows;

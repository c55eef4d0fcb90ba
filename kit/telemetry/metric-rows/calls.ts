/** Metrics of gRPC calls and of the errors that end them. */
import { CALLS, type MetricRows, ON_BUS } from "./row.js";

export const CALLS_METRICS = {
  "rpc.server.call.duration": {
    instrument: "histogram",
    unit: "s",
    description: "Duration of the gRPC calls that this process has answered",
    attributes: ["rpc.system.name", "rpc.method", "rpc.status_code"],
    services: ON_BUS,
    buckets: CALLS,
  },
  "rpc.client.call.duration": {
    instrument: "histogram",
    unit: "s",
    description: "Duration of the gRPC calls that this process has made to others of the mesh",
    attributes: ["rpc.system.name", "rpc.method", "rpc.status_code"],
    services: ["gateway", "depth", "render", "encode", "web"],
    buckets: CALLS,
    appearsWith: "the first call; the gateway calls others for workers, previews and traces only",
  },
  "depthmesh.errors": {
    instrument: "counter",
    unit: "{error}",
    description: "Calls that ended with an error, by its reason",
    attributes: ["error.type"],
    services: ON_BUS,
    appearsWith: "the first error",
  },
} as const satisfies MetricRows;

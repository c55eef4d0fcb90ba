/**
 * Every metric of every service, once: instruments, docs/metrics.md and the dashboards are made
 * from this table. Names, units and attributes follow the semantic conventions of OpenTelemetry
 * where they have one; those of our own begin with `depthmesh.`.
 */
import type { MetricAttribute } from "./metric-attributes.js";

export const METRIC_SERVICES = ["gateway", "depth", "render", "encode", "web"] as const;
export type MetricService = (typeof METRIC_SERVICES)[number];

/**
 * A counter and a histogram are told what happens; of the others the value is asked for when the
 * metrics are read.
 */
export type Instrument = "counter" | "histogram" | "gauge" | "observed counter";

export interface MetricRow {
  readonly instrument: Instrument;
  /** UCUM: seconds, bytes, a ratio, or things in braces, such as `{order}`. */
  readonly unit: "s" | "By" | "1" | `{${string}}`;
  readonly description: string;
  readonly attributes: readonly MetricAttribute[];
  readonly services: readonly MetricService[];
  /** Upper bounds of the buckets of a histogram, in its unit. */
  readonly buckets?: readonly number[];
  /** Its buckets carry the trace id of a measurement. */
  readonly exemplars?: true;
  /** Absent until the event that it counts has happened once. */
  readonly appearsWith?: string;
}

/** Seconds: from an answer out of memory to a video that is watched while it is made. */
const CALLS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
/** Seconds of work on a job, and of its parts. */
const WORK = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 600, 3600];

const ON_BUS = ["gateway", "depth", "render", "encode"] as const;
const WORKERS = ["depth", "render", "encode"] as const;

const ROWS = {
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
  "messaging.client.sent.messages": {
    instrument: "counter",
    unit: "{message}",
    description: "Orders that this process has published",
    attributes: ["messaging.system.name", "messaging.operation.name", "messaging.destination.name"],
    services: ON_BUS,
    appearsWith: "the first order; encode publishes none",
  },
  "messaging.client.consumed.messages": {
    instrument: "counter",
    unit: "{message}",
    description: "Orders that were delivered to this process, and what became of them",
    attributes: [
      ...([
        "messaging.system.name",
        "messaging.operation.name",
        "messaging.destination.name",
      ] as const),
      "depthmesh.order.outcome",
    ],
    services: WORKERS,
    appearsWith: "the first order",
  },
  "messaging.process.duration": {
    instrument: "histogram",
    unit: "s",
    description:
      "Duration of one attempt of a stage, from the lease to the commit or the failure; error.type is absent where it succeeded",
    attributes: [
      ...([
        "messaging.system.name",
        "messaging.operation.name",
        "messaging.destination.name",
      ] as const),
      ...(["depthmesh.stage", "error.type"] as const),
    ],
    services: WORKERS,
    buckets: WORK,
    exemplars: true,
    appearsWith: "the first order",
  },
  "depthmesh.orders.pending": {
    instrument: "gauge",
    unit: "{order}",
    description: "Orders that wait for a worker. Each gateway tells the same: use max, not sum",
    attributes: ["depthmesh.stage", "depthmesh.lane"],
    services: ["gateway"],
  },
  "depthmesh.orders.ack_pending": {
    instrument: "gauge",
    unit: "{order}",
    description:
      "Orders that a worker holds, or that wait for their next delivery. Each gateway tells the same",
    attributes: ["depthmesh.stage", "depthmesh.lane"],
    services: ["gateway"],
  },
  "depthmesh.orders.oldest_age": {
    instrument: "gauge",
    unit: "s",
    description:
      "Age of the oldest order that is not acknowledged, 0 without one. Each gateway tells the same",
    attributes: ["depthmesh.stage", "depthmesh.lane"],
    services: ["gateway"],
  },
  "depthmesh.slots": {
    instrument: "gauge",
    unit: "{slot}",
    description: "Slots of this worker: how many orders it works on at once",
    attributes: ["depthmesh.stage", "depthmesh.slot.state"],
    services: WORKERS,
  },
  "depthmesh.stage.step.duration": {
    instrument: "histogram",
    unit: "s",
    description: "Duration of a part of a stage, as in the job's trace",
    attributes: ["depthmesh.step"],
    services: WORKERS,
    buckets: WORK,
    exemplars: true,
    appearsWith: "the first job",
  },
  "depthmesh.stage.retries": {
    instrument: "counter",
    unit: "{attempt}",
    description: "Attempts of a stage that failed or were given back, and that follow again",
    attributes: ["depthmesh.stage", "depthmesh.failure", "error.type"],
    services: WORKERS,
    appearsWith: "the first such failure",
  },
  "depthmesh.leases.lost": {
    instrument: "counter",
    unit: "{lease}",
    description: "Attempts that ended because another worker had taken the stage over",
    attributes: ["depthmesh.stage"],
    services: WORKERS,
  },
  "depthmesh.dead_letters": {
    instrument: "counter",
    unit: "{job}",
    description: "Jobs that this worker has given up",
    attributes: ["depthmesh.stage", "error.type"],
    services: WORKERS,
    appearsWith: "the first job that is given up",
  },
  "depthmesh.inference.duration": {
    instrument: "histogram",
    unit: "s",
    description: "Duration of an estimate of depth, with its wait for a session",
    attributes: ["depthmesh.model", "depthmesh.provider"],
    services: ["depth"],
    buckets: WORK,
    exemplars: true,
    appearsWith: "the first estimate",
  },
  "depthmesh.cache.lookups": {
    instrument: "counter",
    unit: "{lookup}",
    description: "Depth maps and results of earlier jobs that were looked for",
    attributes: ["depthmesh.cache", "depthmesh.cache.result"],
    services: ["depth"],
  },
  "depthmesh.render.frames": {
    instrument: "counter",
    unit: "{frame}",
    description: "Frames that were sent to encode",
    attributes: [],
    services: ["render"],
  },
  "depthmesh.encode.frames": {
    instrument: "counter",
    unit: "{frame}",
    description: "Frames that encoders have taken",
    attributes: [],
    services: ["encode"],
  },
  "depthmesh.jobs.accepted": {
    instrument: "counter",
    unit: "{job}",
    description: "Jobs that this gateway has accepted",
    attributes: ["depthmesh.lane"],
    services: ["gateway"],
  },
  "depthmesh.jobs.live": {
    instrument: "gauge",
    unit: "{job}",
    description: "Jobs that have not ended. Each gateway tells the same: use max, not sum",
    attributes: ["depthmesh.job.state"],
    services: ["gateway"],
  },
  "depthmesh.job.duration": {
    instrument: "histogram",
    unit: "s",
    description:
      "Time from a job's acceptance to its end, recorded once, by the process that ended it",
    attributes: ["depthmesh.job.state"],
    services: ON_BUS,
    buckets: WORK,
    exemplars: true,
    appearsWith: "the first job that this process ends",
  },
  "depthmesh.job.first_fragment.duration": {
    instrument: "histogram",
    unit: "s",
    description: "Time from a job's acceptance to the first bytes of video that a caller can play",
    attributes: [],
    services: ["encode"],
    buckets: WORK,
    exemplars: true,
    appearsWith: "the first job with an output that can be followed",
  },
  "depthmesh.bus.up": {
    instrument: "gauge",
    unit: "{connection}",
    description: "1 while this process is connected to NATS, else 0",
    attributes: [],
    services: ON_BUS,
  },
  "depthmesh.blobs.size": {
    instrument: "gauge",
    unit: "By",
    description:
      "Bytes of all blobs, counted anew every DEPTHMESH_SWEEP_MS while the metrics are read",
    attributes: [],
    services: ["gateway"],
  },
  "depthmesh.disk.free": {
    instrument: "gauge",
    unit: "By",
    description: "Free bytes of a file system that this process writes to",
    attributes: ["depthmesh.disk"],
    services: ON_BUS,
  },
  "depthmesh.uploads": {
    instrument: "gauge",
    unit: "{upload}",
    description: "Uploads by state",
    attributes: ["depthmesh.upload.state"],
    services: ["gateway"],
  },
  "depthmesh.unreadable_entries": {
    instrument: "observed counter",
    unit: "{entry}",
    description: "Entries of NATS buckets and messages that could not be read, and were skipped",
    attributes: [],
    services: ON_BUS,
  },
  "depthmesh.corrupt_blobs": {
    instrument: "observed counter",
    unit: "{blob}",
    description: "Stored blobs that differed from their hash, and were set aside",
    attributes: [],
    services: ON_BUS,
  },
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
  "process.cpu.time": {
    instrument: "observed counter",
    unit: "s",
    description: "Processor time of this process with its threads, without its children",
    attributes: ["cpu.mode"],
    services: METRIC_SERVICES,
  },
  "depthmesh.children.cpu.time": {
    instrument: "observed counter",
    unit: "s",
    description: "Processor time of children that have ended, such as ffmpeg",
    attributes: ["cpu.mode"],
    services: METRIC_SERVICES,
  },
  "process.memory.usage": {
    instrument: "gauge",
    unit: "By",
    description: "Resident memory of this process (RSS)",
    attributes: [],
    services: METRIC_SERVICES,
  },
  "process.uptime": {
    instrument: "gauge",
    unit: "s",
    description: "Time since this process has started",
    attributes: [],
    services: METRIC_SERVICES,
  },
  "nodejs.eventloop.delay.p50": {
    instrument: "gauge",
    unit: "s",
    description: "Median delay of the main thread's event loop since the last reading",
    attributes: [],
    services: METRIC_SERVICES,
  },
  "nodejs.eventloop.delay.p99": {
    instrument: "gauge",
    unit: "s",
    description: "99th percentile of the delay of the event loop since the last reading",
    attributes: [],
    services: METRIC_SERVICES,
  },
  "nodejs.eventloop.delay.max": {
    instrument: "gauge",
    unit: "s",
    description: "Largest delay of the event loop since the last reading",
    attributes: [],
    services: METRIC_SERVICES,
  },
  "nodejs.eventloop.utilization": {
    instrument: "gauge",
    unit: "1",
    description: "Share of the time in which the event loop was busy, since the last reading",
    attributes: [],
    services: METRIC_SERVICES,
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

export type MetricName = keyof typeof ROWS;

export const METRICS: Readonly<Record<MetricName, MetricRow>> = ROWS;

export const METRIC_NAMES = Object.keys(ROWS) as MetricName[];

type NamesOf<I extends Instrument> = {
  [Name in MetricName]: (typeof ROWS)[Name]["instrument"] extends I ? Name : never;
}[MetricName];

export type CounterMetric = NamesOf<"counter">;
export type HistogramMetric = NamesOf<"histogram">;
/** Metrics whose values are asked for. */
export type ObservedMetric = NamesOf<"gauge" | "observed counter">;

/** The values of the attributes of one measurement. */
export type MetricValues<Name extends MetricName> = {
  readonly [Attribute in (typeof ROWS)[Name]["attributes"][number]]?: string | number;
};

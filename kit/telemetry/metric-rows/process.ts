/** Metrics of every process and its event loop. */
import { METRIC_SERVICES, type MetricRows } from "./row.js";

export const PROCESS_METRICS = {
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
} as const satisfies MetricRows;

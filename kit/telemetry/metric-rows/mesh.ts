/** Metrics of what a mesh keeps: its bus, its blobs, its uploads. */
import { type MetricRows, ON_BUS } from "./row.js";

export const MESH_METRICS = {
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
} as const satisfies MetricRows;

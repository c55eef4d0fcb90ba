/** Disks that fill, and what they have damaged. */
import { increase, series, sum } from "../promql.js";
import { type Alert, counted, held } from "./alert.js";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** As DEPTHMESH_MIN_FREE_MIB is by default: below it the gateway refuses uploads. */
const LEAST_FREE = 256 * MIB;
const free = (disk: string, instance: string) =>
  series("depthmesh.disk.free", { service: "gateway", instance, "depthmesh.disk": disk });
const BLOBS = { job: "depthmesh", service: "gateway", instance: "a:1", depthmesh_disk: "blobs" };

export const STORAGE_ALERTS = {
  DepthmeshDiskFull: {
    severity: "critical",
    expression: `${series("depthmesh.disk.free")} < ${LEAST_FREE}`,
    lasting: "1m",
    summary:
      "{{ $labels.service }} at {{ $labels.instance }} has {{ $value | humanize1024 }}B left for {{ $labels.depthmesh_disk }}: work is refused.",
    action: "Make room on this file system now.",
    test: {
      series: {
        [free("blobs", "a:1")]: held([10 * GIB, 10], [100 * MIB, 10], [10 * GIB, 10]),
        [free("traces", "a:1")]: held([10 * GIB, 30]),
      },
      ...{ silentAt: 9, firingAt: 15, overAt: 25, labels: [BLOBS], value: "100Mi" },
    },
  },
  DepthmeshDiskLow: {
    severity: "warning",
    expression: `${series("depthmesh.disk.free")} < ${2 * GIB}`,
    lasting: "10m",
    summary:
      "{{ $labels.service }} at {{ $labels.instance }} has {{ $value | humanize1024 }}B left for {{ $labels.depthmesh_disk }}.",
    action: "Keep results for a shorter time, or give the folder more room.",
    test: {
      series: { [free("blobs", "a:1")]: held([10 * GIB, 10], [GIB, 20], [10 * GIB, 10]) },
      ...{ silentAt: 15, firingAt: 25, overAt: 35, labels: [BLOBS], value: "1Gi" },
    },
  },
  DepthmeshDiskFilling: {
    severity: "warning",
    expression: `predict_linear(${series("depthmesh.disk.free")}[6h], 86400) < 0`,
    lasting: "1h",
    summary:
      "The disk for {{ $labels.depthmesh_disk }} of {{ $labels.service }} at {{ $labels.instance }} is full within a day, as it fills now.",
    action: "Find out what grows, and keep it for a shorter time or give it more room.",
    test: {
      series: {
        // 200 GiB that lose 20 GiB an hour, and are then emptied.
        [free("blobs", "a:1")]:
          `${200 * GIB}+0x59 ${200 * GIB}-${Math.floor(GIB / 3)}x300 ${200 * GIB}+0x500`,
        [free("work", "b:1")]: held([5 * GIB, 860]),
      },
      ...{ silentAt: 50, firingAt: 355, overAt: 800, labels: [BLOBS] },
    },
  },
  DepthmeshCorruptBlobs: {
    severity: "critical",
    expression: `${sum(increase(series("depthmesh.corrupt_blobs"), "1h"), "service", "instance")} > 0`,
    lasting: "0m",
    summary:
      "{{ $labels.service }} at {{ $labels.instance }} has found stored files that differ from their hash.",
    action:
      "Suspect the disk or the memory of that host; take it out of use before it damages more.",
    test: {
      series: {
        [series("depthmesh.corrupt_blobs", { service: "gateway", instance: "a:1" })]: counted(
          [0, 20],
          [1, 2],
          [0, 120],
        ),
        // Those of last week, in a process that has gone on since.
        [series("depthmesh.corrupt_blobs", { service: "depth", instance: "b:1" })]: held([4, 142]),
      },
      ...{ silentAt: 19, firingAt: 40, overAt: 90 },
      labels: [{ service: "gateway", instance: "a:1" }],
    },
  },
  DepthmeshUnreadableEntries: {
    severity: "warning",
    expression: `${sum(increase(series("depthmesh.unreadable_entries"), "1h"), "service", "instance")} > 0`,
    lasting: "0m",
    summary:
      "{{ $labels.service }} at {{ $labels.instance }} has skipped entries of NATS that it cannot read.",
    action:
      "Look in its log which bucket and key; most often a part of another version wrote them.",
    test: {
      series: {
        [series("depthmesh.unreadable_entries", { service: "encode", instance: "a:1" })]: counted(
          [0, 20],
          [1, 2],
          [0, 120],
        ),
      },
      ...{ silentAt: 19, firingAt: 40, overAt: 90 },
      labels: [{ service: "encode", instance: "a:1" }],
    },
  },
} as const satisfies Readonly<Record<string, Alert>>;

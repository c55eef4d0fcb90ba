/** Parts of the mesh that are away, or are not what they should be. */
import { count, grew, max, on, reachable, series, sum, targetInfo } from "../promql.js";
import { type Alert, counted, held } from "./alert.js";

const bus = (service: string, instance: string) =>
  series("depthmesh.bus.up", { service, instance });
const uptime = (instance: string) => series("process.uptime", { service: "render", instance });

export const AVAILABILITY_ALERTS = {
  DepthmeshGatewayDown: {
    severity: "critical",
    expression: `absent(${reachable({ service: "gateway" })} == 1)`,
    lasting: "1m",
    summary: "No gateway can be read: callers probably reach none.",
    action: "Look whether a gateway runs and answers; start one, then ask its log why it ended.",
    test: {
      series: {
        [reachable({ service: "gateway", instance: "a:1" })]: held([1, 5], [0, 10], [1, 10]),
        [reachable({ service: "gateway", instance: "b:1" })]: held([0, 25]),
      },
      ...{ silentAt: 4, firingAt: 8, overAt: 18, labels: [{}] },
      neverBy: { [reachable({ service: "gateway", instance: "a:1" })]: held([1, 25]) },
    },
  },
  DepthmeshProcessDown: {
    severity: "warning",
    expression: `${reachable({})} == 0`,
    lasting: "5m",
    summary: "The {{ $labels.service }} process at {{ $labels.instance }} cannot be read.",
    action: "Look whether it runs; if it was removed for good, remove its target.",
    test: {
      series: {
        [reachable({ service: "depth", instance: "a:1" })]: held([1, 5], [0, 15], [1, 10]),
        [reachable({ service: "encode", instance: "b:1" })]: held([1, 5], [0, 3], [1, 22]),
      },
      ...{ silentAt: 8, firingAt: 15, overAt: 25 },
      labels: [{ job: "depthmesh", service: "depth", instance: "a:1" }],
    },
  },
  DepthmeshStageWithoutWorkers: {
    severity: "critical",
    expression: `${sum(max(series("depthmesh.orders.pending"), "depthmesh.stage", "depthmesh.lane"), "depthmesh.stage")} > 0 unless ${on("depthmesh.stage")} ${sum(series("depthmesh.slots"), "depthmesh.stage")} > 0`,
    lasting: "5m",
    summary:
      "Orders of the stage {{ $labels.depthmesh_stage }} wait, and no worker of it can be read.",
    action: "Start workers of this stage; where they run, ask their log why they do not serve.",
    test: {
      series: {
        [series("depthmesh.orders.pending", {
          ...{ "depthmesh.stage": "depth", "depthmesh.lane": "normal", instance: "a:1" },
        })]: held([2, 40]),
        [series("depthmesh.orders.pending", {
          ...{ "depthmesh.stage": "encode", "depthmesh.lane": "normal", instance: "a:1" },
        })]: held([0, 40]),
        [series("depthmesh.slots", { "depthmesh.stage": "depth", "depthmesh.slot.state": "free" })]:
          held([1, 5], ["_", 15], [1, 20]),
      },
      ...{ silentAt: 8, firingAt: 19, overAt: 25, labels: [{ depthmesh_stage: "depth" }] },
    },
  },
  DepthmeshBusDown: {
    severity: "critical",
    expression: `${series("depthmesh.bus.up")} == 0`,
    lasting: "1m",
    summary: "{{ $labels.service }} at {{ $labels.instance }} has no connection to NATS.",
    action: "Look at nats-server and at the network to it; jobs wait, and go on by themselves.",
    test: {
      series: {
        [bus("depth", "a:1")]: held([1, 5], [0, 10], [1, 10]),
        [bus("gateway", "b:1")]: held([1, 25]),
      },
      ...{ silentAt: 4, firingAt: 8, overAt: 18 },
      labels: [{ job: "depthmesh", service: "depth", instance: "a:1" }],
    },
  },
  DepthmeshRestarts: {
    severity: "warning",
    expression: `resets(${series("process.uptime")}[30m]) > 2`,
    lasting: "0m",
    summary:
      "{{ $labels.service }} at {{ $labels.instance }} has started {{ $value }} times in 30 minutes.",
    action: "Read the last lines of its log before each start: they say which part was lost.",
    test: {
      series: {
        [uptime("a:1")]: "0+60x9 0+60x4 0+60x4 0+60x4 0+60x60",
        [uptime("b:1")]: "0+60x19 0+60x80",
      },
      ...{ silentAt: 9, firingAt: 26, overAt: 70, value: "4" },
      labels: [{ job: "depthmesh", service: "render", instance: "a:1" }],
    },
  },
  DepthmeshMixedVersions: {
    severity: "warning",
    expression: `${count(count(targetInfo(), "service_version"))} > 1`,
    lasting: "1h",
    summary: "The mesh has processes of {{ $value }} versions.",
    action:
      "Finish the upgrade, or take it back: `depthmesh workers ls` shows who is of which version.",
    test: {
      series: {
        [targetInfo({ service: "gateway", service_version: "2" })]: held([1, 200]),
        [targetInfo({ service: "depth", service_version: "1" })]: held([1, 90], ["_", 110]),
      },
      ...{ silentAt: 30, firingAt: 80, overAt: 100, labels: [{}], value: "2" },
    },
  },
  DepthmeshLeasesLost: {
    severity: "warning",
    expression: `${sum(grew(series("depthmesh.leases.lost"), "30m"), "service", "instance")} > 2`,
    lasting: "0m",
    summary:
      "{{ $labels.service }} at {{ $labels.instance }} has lost the lease of its work {{ $value | humanize }} times in 30 minutes.",
    action:
      "The process or its host stood still for longer than a lease: look for pauses and overload.",
    test: {
      series: {
        [series("depthmesh.leases.lost", {
          ...{ service: "render", instance: "a:1", "depthmesh.stage": "render" },
        })]: counted([0, 30], [1, 30], [0, 60]),
        [series("depthmesh.leases.lost", {
          ...{ service: "depth", instance: "b:1", "depthmesh.stage": "depth" },
        })]: "0+0x30 1+0x90",
      },
      ...{ silentAt: 29, firingAt: 61, overAt: 110, value: "29" },
      labels: [{ service: "render", instance: "a:1" }],
    },
  },
} as const satisfies Readonly<Record<string, Alert>>;

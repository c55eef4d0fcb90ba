/** Orders that wait for too long. */
import type { Reason } from "../../core/error-reasons.js";
import { anyOf, grew, max, on, series, sum } from "../promql.js";
import { type Alert, counted, held } from "./alert.js";

/** The gateway takes no more jobs. */
const REFUSALS = ["QUEUE_FULL", "STORAGE_FULL"] as const satisfies readonly Reason[];
const LANE = ["depthmesh.stage", "depthmesh.lane"] as const;
const ages = (lane: string) =>
  max(series("depthmesh.orders.oldest_age", { "depthmesh.lane": lane }), ...LANE);
const waiting = max(series("depthmesh.orders.pending"), ...LANE);
const pendingOfStage = sum(waiting, "depthmesh.stage");
const heldOfStage = sum(max(series("depthmesh.orders.ack_pending"), ...LANE), "depthmesh.stage");
const slots = (state: string) =>
  sum(series("depthmesh.slots", { "depthmesh.slot.state": state }), "depthmesh.stage");

type QueueMetric =
  | "depthmesh.orders.pending"
  | "depthmesh.orders.ack_pending"
  | "depthmesh.orders.oldest_age";

/** What one of two gateways tells about a lane. */
const told = (name: QueueMetric, stage: string, lane: string, instance = "a:1") =>
  series(name, { "depthmesh.stage": stage, "depthmesh.lane": lane, instance });
const slot = (stage: string, state: string) =>
  series("depthmesh.slots", { "depthmesh.stage": stage, "depthmesh.slot.state": state });

const refusal = (reason: Reason, instance: string) =>
  series("depthmesh.errors", { "error.type": reason, service: "gateway", instance });

export const QUEUE_ALERTS = {
  DepthmeshQueueOld: {
    severity: "warning",
    expression: `${ages("normal")} > 900 and ${on(...LANE)} ${waiting} > 0`,
    lasting: "5m",
    summary:
      "The oldest order of the stage {{ $labels.depthmesh_stage }} is {{ $value | humanizeDuration }} old, and more wait.",
    action: "Start more workers of this stage, or find out what the present ones are busy with.",
    test: {
      series: {
        [told("depthmesh.orders.oldest_age", "depth", "normal")]: held(
          [10, 10],
          [1000, 20],
          [5, 10],
        ),
        [told("depthmesh.orders.oldest_age", "depth", "normal", "b:1")]: held(
          [10, 10],
          [1000, 20],
          [5, 10],
        ),
        [told("depthmesh.orders.pending", "depth", "normal")]: held([3, 40]),
        // A long clip is made, and nobody waits for it.
        [told("depthmesh.orders.oldest_age", "encode", "normal")]: held([5000, 40]),
        [told("depthmesh.orders.pending", "encode", "normal")]: held([0, 40]),
      },
      ...{ silentAt: 12, firingAt: 20, overAt: 35, value: "16m 40s" },
      labels: [{ depthmesh_stage: "depth", depthmesh_lane: "normal" }],
    },
  },
  DepthmeshHighLaneOld: {
    severity: "critical",
    expression: `${ages("high")} > 120 and ${on(...LANE)} ${waiting} > 0`,
    lasting: "2m",
    summary:
      "Somebody waits: an order of the lane high, stage {{ $labels.depthmesh_stage }}, is {{ $value | humanizeDuration }} old.",
    action:
      "Start more workers of this stage now; look whether the present ones take orders at all.",
    test: {
      series: {
        [told("depthmesh.orders.oldest_age", "render", "high")]: held([1, 10], [180, 10], [0, 10]),
        [told("depthmesh.orders.pending", "render", "high")]: held([1, 30]),
        [told("depthmesh.orders.oldest_age", "render", "low")]: held([9000, 30]),
        [told("depthmesh.orders.pending", "render", "low")]: held([50, 30]),
      },
      ...{ silentAt: 9, firingAt: 15, overAt: 25, value: "3m 0s" },
      labels: [{ depthmesh_stage: "render", depthmesh_lane: "high" }],
    },
  },
  DepthmeshStageSaturated: {
    severity: "warning",
    expression: `${pendingOfStage} > 0 and ${on("depthmesh.stage")} ${slots("free")} == 0`,
    lasting: "15m",
    summary:
      "Every slot of the stage {{ $labels.depthmesh_stage }} is busy, and {{ $value | humanize }} orders wait.",
    action: "Add workers of this stage, unless the wait is accepted.",
    test: {
      series: {
        [told("depthmesh.orders.pending", "encode", "normal")]: held([4, 50]),
        [slot("encode", "free")]: held([1, 10], [0, 25], [2, 15]),
      },
      ...{ silentAt: 20, firingAt: 30, overAt: 40, value: "4" },
      labels: [{ depthmesh_stage: "encode" }],
    },
  },
  DepthmeshOrdersStuck: {
    severity: "warning",
    expression: `${heldOfStage} > 0 and ${on("depthmesh.stage")} ${slots("busy")} == 0`,
    lasting: "15m",
    summary:
      "{{ $value | humanize }} orders of the stage {{ $labels.depthmesh_stage }} are delivered, and no worker works.",
    action: "Look for attempts that fail again and again, and for workers that have hung.",
    test: {
      series: {
        [told("depthmesh.orders.ack_pending", "render", "normal")]: held([2, 50]),
        [slot("render", "busy")]: held([2, 10], [0, 25], [1, 15]),
      },
      ...{ silentAt: 20, firingAt: 30, overAt: 40, value: "2" },
      labels: [{ depthmesh_stage: "render" }],
    },
  },
  DepthmeshCallersRefused: {
    severity: "critical",
    expression: sum(
      grew(series("depthmesh.errors", { "error.type": anyOf(REFUSALS) }), "5m"),
      "error.type",
    ),
    lasting: "0m",
    summary: "Gateways refuse new jobs with {{ $labels.error_type }}.",
    action: "QUEUE_FULL: start depth workers. STORAGE_FULL: make room on the gateway's disk.",
    test: {
      series: {
        [refusal("QUEUE_FULL", "a:1")]: `_x10 1+0x30`,
        [refusal("JOB_NOT_FOUND", "a:1")]: counted([5, 40]),
      },
      ...{ silentAt: 9, firingAt: 12, overAt: 25, labels: [{ error_type: "QUEUE_FULL" }] },
    },
  },
  DepthmeshUploadsWaiting: {
    severity: "warning",
    expression: `${sum(series("depthmesh.uploads", { "depthmesh.upload.state": "waiting" }), "instance")} > 0`,
    lasting: "10m",
    summary:
      "{{ $value | humanize }} uploads wait for a place at the gateway {{ $labels.instance }}.",
    action: "Raise DEPTHMESH_MAX_UPLOADS if it has memory, or run a second gateway.",
    test: {
      series: {
        [series("depthmesh.uploads", { "depthmesh.upload.state": "waiting", instance: "a:1" })]:
          held([0, 10], [7, 20], [0, 10]),
        [series("depthmesh.uploads", { "depthmesh.upload.state": "receiving", instance: "a:1" })]:
          held([9, 40]),
      },
      ...{ silentAt: 15, firingAt: 25, overAt: 35, labels: [{ instance: "a:1" }], value: "7" },
    },
  },
} as const satisfies Readonly<Record<string, Alert>>;

/** Jobs that fail, or take longer than people wait. */

import type { FailureKind } from "../../pipeline/worker/failure.js";
import { anyOf, grew, increase, on, series, sum } from "../promql.js";
import { RECORDED } from "../recorded.js";
import { type Alert, counted, held } from "./alert.js";

const ended = (state: string) => series("depthmesh.job.duration", { "depthmesh.job.state": state });
const endedIn15 = (state: string) => sum(increase(ended(state), "15m"));
/** Kinds of failures that are no hand-over. */
const FAILED = ["own", "mesh", "out-of-disk"] as const satisfies readonly FailureKind[];
const retries = (failure: string) =>
  series("depthmesh.stage.retries", { "depthmesh.failure": failure });
const estimates = (provider: string) =>
  series("depthmesh.inference.duration", { "depthmesh.provider": provider });
const failed = (stage: string, failure: FailureKind) =>
  series("depthmesh.stage.retries", {
    ...{ "depthmesh.stage": stage, "depthmesh.failure": failure, "error.type": "STAGE_STALLED" },
  });

export const JOB_ALERTS = {
  DepthmeshJobsFailing: {
    severity: "critical",
    expression: `${endedIn15("FAILED")} / ${endedIn15("=~SUCCEEDED|FAILED")} > 0.05 and ${endedIn15("FAILED")} > 2`,
    lasting: "5m",
    summary: "{{ $value | humanizePercentage }} of the jobs of the last 15 minutes have failed.",
    action: "Look at the reasons on the dashboard: one reason is one cause.",
    test: {
      series: {
        [ended("FAILED")]: counted([0, 20], [1, 20], [0, 40]),
        [ended("SUCCEEDED")]: counted([4, 80]),
      },
      ...{ silentAt: 19, firingAt: 38, overAt: 65, labels: [{}], value: "20%" },
      // One of a few is no sign.
      neverBy: { [ended("FAILED")]: "0x20 1x60", [ended("SUCCEEDED")]: "0x20 1x60" },
    },
  },
  DepthmeshDeadLetters: {
    severity: "warning",
    expression: sum(
      grew(series("depthmesh.dead_letters"), "1h"),
      ...(["depthmesh.stage", "error.type"] as const),
    ),
    lasting: "0m",
    summary:
      "Jobs were given up in the stage {{ $labels.depthmesh_stage }}: {{ $labels.error_type }}.",
    action: "`depthmesh dead ls`; remove the cause, then `depthmesh dead redrive JOB`.",
    test: {
      series: {
        [series("depthmesh.dead_letters", {
          ...{ "depthmesh.stage": "encode", "error.type": "POISONED", instance: "a:1" },
        })]: "_x10 1+0x120",
        [series("depthmesh.dead_letters", {
          ...{ "depthmesh.stage": "depth", "error.type": "POISONED", instance: "b:1" },
        })]: held([0, 140]),
      },
      ...{ silentAt: 9, firingAt: 65, overAt: 80 },
      labels: [{ depthmesh_stage: "encode", error_type: "POISONED" }],
    },
  },
  DepthmeshRetriesMany: {
    severity: "warning",
    expression: `${sum(increase(retries(anyOf(FAILED)), "15m"), "depthmesh.stage", "depthmesh.failure")} > 10`,
    lasting: "10m",
    summary:
      "{{ $value | humanize }} attempts of the stage {{ $labels.depthmesh_stage }} failed in 15 minutes ({{ $labels.depthmesh_failure }}).",
    action: "Look at the reasons of the retries and at the logs of that stage's workers.",
    test: {
      series: {
        [failed("depth", "mesh")]: counted([0, 20], [2, 40], [0, 40]),
        // Workers that are replaced hand their work on.
        [failed("render", "draining")]: counted([5, 100]),
      },
      ...{ silentAt: 20, firingAt: 55, overAt: 80, value: "30" },
      labels: [{ depthmesh_stage: "depth", depthmesh_failure: "mesh" }],
    },
  },
  DepthmeshJobsSlow: {
    severity: "warning",
    expression: `${RECORDED.jobDurationP95.name} > 300`,
    lasting: "15m",
    summary: "One of twenty jobs takes {{ $value | humanizeDuration }} or more from end to end.",
    action:
      "Compare the queues' ages with the stages' durations: add workers, or find the slow step.",
    test: {
      series: {
        ...jobsOf("SUCCEEDED", "+Inf", [1, 60], [0, 60]),
        ...jobsOf("SUCCEEDED", "600", [1, 60], [0, 60]),
        ...jobsOf("SUCCEEDED", "160", [0, 60], [0, 60]),
        ...jobsOf("FAILED", "+Inf", [9, 60], [9, 60]),
        ...jobsOf("FAILED", "3600", [9, 60], [9, 60]),
      },
      ...{ silentAt: 10, firingAt: 40, overAt: 100, labels: [{}], value: "9m 38s" },
    },
  },
  DepthmeshFirstFragmentSlow: {
    severity: "warning",
    expression: `${RECORDED.firstFragmentP95.name} > 60`,
    lasting: "15m",
    summary:
      "One of twenty callers waits {{ $value | humanizeDuration }} or more for the first seconds of the video.",
    action: "Look at the depth stage's queue and at the start of render and encode.",
    test: {
      series: {
        ...fragments("+Inf", [1, 60], [0, 60]),
        ...fragments("160", [1, 60], [0, 60]),
        ...fragments("40", [0, 60], [0, 60]),
      },
      ...{ silentAt: 10, firingAt: 40, overAt: 100, labels: [{}], value: "2m 34s" },
    },
  },
  DepthmeshInferenceWithoutGpu: {
    severity: "warning",
    expression: `${sum(increase(estimates("!=cuda"), "15m"), "instance")} > 0 and ${on("instance")} ${sum(increase(estimates("cuda"), "1d"), "instance")} > 0`,
    lasting: "15m",
    summary:
      "The depth worker at {{ $labels.instance }} has used its GPU, and estimates without it now.",
    action: "Look at the GPU of that host and at the notes DEPTH_DEGRADED of its jobs.",
    test: {
      series: {
        [estimate("cuda", "a:1")]: counted([2, 20], [0, 80]),
        [estimate("cpu", "a:1")]: counted([0, 20], [2, 40], [0, 40]),
        [estimate("cpu", "b:1")]: counted([2, 100]),
      },
      ...{ silentAt: 25, firingAt: 50, overAt: 85, labels: [{ instance: "a:1" }] },
    },
  },
} as const satisfies Readonly<Record<string, Alert>>;

function estimate(provider: string, instance: string): string {
  return series("depthmesh.inference.duration", {
    ...{ "depthmesh.provider": provider, "depthmesh.model": "m", instance },
  });
}

/** A bucket of ended jobs. */
function jobsOf(state: string, le: string, ...phases: [number, number][]) {
  return { [bucketOf(ended(state), le)]: counted(...phases) };
}

function fragments(le: string, ...phases: [number, number][]) {
  return { [bucketOf(series("depthmesh.job.first_fragment.duration"), le)]: counted(...phases) };
}

function bucketOf(counts: string, le: string): string {
  return counts.replace("_count{", "_bucket{").replace("}", `,le="${le}"}`);
}

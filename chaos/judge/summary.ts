/** The report of a series: a line per run, and the summary in figures. */
import { percentile } from "../../testing/statistics.js";
import { describeFault, type FaultKind } from "../plan/fault.js";
import type { NumberedResult } from "../series.js";

export interface Summary {
  readonly seed: number;
  readonly runs: number;
  readonly violatedRuns: number;
  readonly violations: readonly string[];
  /** Number of jobs by how they ended. */
  readonly jobsByEnd: Readonly<Record<string, number>>;
  /** By kind; those that were not drawn are missing. */
  readonly faults: Readonly<Partial<Record<FaultKind, FaultCount>>>;
  readonly durationSeconds: number;
  /**
   * From when the last fault of a run was undone to the end of its last job, over the runs that a
   * fault struck; 0 when there are none.
   */
  readonly recoveryMs: { readonly p50: number; readonly p95: number; readonly most: number };
  /** Acknowledged revisions that nats-server had lost after it was killed. */
  readonly lostWrites: number;
}

export interface FaultCount {
  readonly struck: number;
  /** The trigger never came. */
  readonly missed: number;
  /** This machine does not allow it. */
  readonly skipped: number;
}

export function summarize(
  seed: number,
  results: readonly NumberedResult[],
  durationMs: number,
): Summary {
  const applied = results.flatMap(({ faults }) => faults);
  const count = (kind: FaultKind, outcome: keyof FaultCount) =>
    applied.filter(({ fault, outcome: was }) => fault.kind === kind && was === outcome).length;
  const drawn = [...new Set(applied.map(({ fault }) => fault.kind))].sort();
  const faults = Object.fromEntries(
    drawn.map((kind) => [
      kind,
      {
        struck: count(kind, "struck"),
        missed: count(kind, "missed"),
        skipped: count(kind, "skipped"),
      },
    ]),
  );
  const jobsByEnd: Record<string, number> = {};
  for (const end of results.flatMap(({ ends }) => ends)) {
    jobsByEnd[end] = (jobsByEnd[end] ?? 0) + 1;
  }
  const recoveries = results
    .filter((result) => result.faults.some(({ outcome }) => outcome === "struck"))
    .map(({ recoveryMs }) => recoveryMs);
  const recoveryAt = (p: number) => (recoveries.length > 0 ? percentile(recoveries, p) : 0);
  const violated = results.filter(({ violations }) => violations.length > 0);
  return {
    ...{ seed, runs: results.length, violatedRuns: violated.length, jobsByEnd, faults },
    violations: violated.flatMap(({ run, violations }) =>
      violations.map((what) => `run ${run}: ${what}`),
    ),
    durationSeconds: Math.round(durationMs / 1000),
    recoveryMs: {
      p50: recoveryAt(0.5),
      p95: recoveryAt(0.95),
      most: recoveryAt(1),
    },
    lostWrites: results.reduce((sum, { lostWrites }) => sum + lostWrites, 0),
  };
}

/** The result of a run in one line, with one more line per violation. */
export function lineOf(result: NumberedResult): string {
  const { run, plan, jobs, ends, faults, violations, durationMs } = result;
  const verdict = violations.length === 0 ? "ok" : "VIOLATED";
  const seconds = (durationMs / 1000).toFixed(1);
  const ended = plan.jobs.map(({ shape }, i) => `${shape} ${jobs[i] ? ends[i] : "not ended"}`);
  const done = faults.map(({ fault, outcome, strikes }) => {
    const often = strikes > 1 ? ` ${strikes} times` : "";
    return `${describeFault(fault)}${outcome === "struck" ? often : ` (${outcome})`}`;
  });
  const line = `run ${run} seed ${plan.seed} ${verdict} ${seconds} s: ${ended.join(", ")} | ${done.join("; ")}`;
  return [line, ...violations.map((what) => `  ${what}`)].join("\n");
}

/** A run in one line, and more where something was violated. */
import { describeFault } from "../plan/fault.js";
import type { NumberedResult } from "../run/series.js";

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

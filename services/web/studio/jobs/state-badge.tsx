/** The state of a job as a word on a color. */
import type { JobJson, JobStateJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { STRINGS } from "../strings.js";
import { overallProgress, stateWord, toneOf } from "./job-state.js";

export function StateBadge({ state }: { state: JobStateJson | undefined }) {
  const word = stateWord(state);
  return <span class={`badge is-${toneOf(state)}`}>{STRINGS.jobs.state[word] ?? word}</span>;
}

export function JobProgressBar({ job, label }: { job: JobJson; label: string }) {
  const done = overallProgress(job);
  return <progress class="progress" aria-label={label} value={done} max={1} />;
}

/** What a reader can do to the job of this page. */
import { useSignal } from "@preact/signals";
import type { JobJson, JobStageJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { STRINGS } from "../strings.js";
import { busy, startAction } from "./do-action.js";
import { isRunning, jobId } from "./job-state.js";
import { OpenInPhoto } from "./open-in-photo.js";

const STAGES: readonly JobStageJson[] = ["JOB_STAGE_DEPTH", "JOB_STAGE_RENDER", "JOB_STAGE_ENCODE"];

export function JobActions({ job }: { job: JobJson }) {
  const { name = "", state } = job;
  const isBusy = busy.value.has(name);
  // A job that has succeeded has no stage that was not done.
  const isDone = state === "JOB_STATE_SUCCEEDED";
  const chosen = useSignal<JobStageJson | "">("");
  const stage = chosen.value || (isDone ? "JOB_STAGE_RENDER" : "");
  if (isRunning(job)) {
    return (
      <div class="buttons">
        <button
          type="button"
          class="button"
          disabled={isBusy}
          onClick={() => startAction("cancel", [job])}
        >
          {STRINGS.jobs.action.cancel}
        </button>
        <OpenInPhoto job={job} />
      </div>
    );
  }
  return (
    <div class="buttons">
      <button
        type="button"
        class="button"
        disabled={isBusy}
        onClick={() =>
          startAction("retry", [job], {
            ...(stage && { fromStage: stage }),
            after: (_, [made]) => {
              if (made) location.hash = `#/jobs/${jobId(made.name)}`;
            },
          })
        }
      >
        {isDone ? STRINGS.job.makeAgain : STRINGS.jobs.action.retry}
      </button>
      <label class="check">
        {STRINGS.job.from}
        <select
          class="input"
          value={stage}
          onChange={({ currentTarget }) => {
            chosen.value = currentTarget.value as JobStageJson | "";
          }}
        >
          {!isDone && <option value="">{STRINGS.job.fromWhereItEnded}</option>}
          {STAGES.map((each) => (
            <option key={each} value={each}>
              {STRINGS.job.stage[each]}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="button danger"
        disabled={isBusy}
        onClick={() =>
          startAction("delete", [job], {
            after: ({ done }) => {
              if (done > 0) location.hash = "#/jobs";
            },
          })
        }
      >
        {STRINGS.jobs.action.delete}
      </button>
      <OpenInPhoto job={job} />
    </div>
  );
}

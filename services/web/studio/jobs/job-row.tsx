/** One job in the list. */
import type { JobJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { apiUrl } from "../api/http.js";
import { troubleOfStatus } from "../errors/trouble.js";
import { STRINGS } from "../strings.js";
import { nowMs } from "../widgets/now.js";
import { agoText, betweenText, dateText, untilText } from "../widgets/times.js";
import { busy, startAction } from "./do-action.js";
import { actionsFor } from "./job-actions.js";
import { isRunning, jobId, jobTitle, posterPath } from "./job-state.js";
import { JobProgressBar, StateBadge } from "./state-badge.js";

export interface JobRowProps {
  readonly job: JobJson;
  readonly isSelected: boolean;
  readonly isTenantShown: boolean;
  readonly onSelect: (isSelected: boolean) => void;
}

export function JobRow({ job, isSelected, isTenantShown, onSelect }: JobRowProps) {
  const title = jobTitle(job);
  const { name = "", state, error, labels } = job;
  const running = isRunning(job);
  const trouble = error && troubleOfStatus(error);
  return (
    <li class="job">
      <input
        type="checkbox"
        class="job-select"
        aria-label={STRINGS.jobs.select(title)}
        checked={isSelected}
        onChange={({ currentTarget }) => onSelect(currentTarget.checked)}
      />
      <Thumbnail job={job} />
      <div class="job-words">
        <a class="job-title" href={`#/jobs/${jobId(name)}`}>
          {title}
        </a>
        <span class="quiet job-id">
          {labels?.photo ? jobId(name) : ""}
          {isTenantShown && job.tenant ? ` · ${job.tenant}` : ""}
        </span>
      </div>
      <div class="job-state">
        <StateBadge state={state} />
        {running && <JobProgressBar job={job} label={STRINGS.jobs.progress(title)} />}
        {trouble && <code class="job-reason">{trouble.reason}</code>}
        {job.cacheHit && <span class="quiet">{STRINGS.jobs.cached}</span>}
      </div>
      <JobTimes job={job} />
      <div class="job-actions">
        {actionsFor(job).map((action) => (
          <button
            key={action}
            type="button"
            class={`button small${action === "delete" ? " danger" : ""}`}
            aria-label={STRINGS.jobs.actionOf[action](title)}
            disabled={busy.value.has(name)}
            onClick={() => startAction(action, [job])}
          >
            {STRINGS.jobs.action[action]}
          </button>
        ))}
      </div>
    </li>
  );
}

function Thumbnail({ job }: { job: JobJson }) {
  const poster = posterPath(job);
  return (
    <div class="job-picture" aria-hidden="true">
      {poster !== undefined && (
        <img
          src={apiUrl(poster)}
          alt=""
          loading="lazy"
          decoding="async"
          onError={({ currentTarget }) => {
            currentTarget.hidden = true;
          }}
        />
      )}
    </div>
  );
}

function JobTimes({ job }: { job: JobJson }) {
  const { createTime, updateTime, progress } = job;
  const running = isRunning(job);
  const now = nowMs.value;
  const ago = agoText(createTime, now, STRINGS.jobs.now);
  const length = betweenText(createTime, running ? undefined : updateTime, now);
  const left = running ? untilText(progress?.estimatedEndTime, now) : undefined;
  const queue = running ? progress?.queuePosition : undefined;
  return (
    <div class="job-times quiet">
      <time dateTime={createTime} title={dateText(createTime)}>
        {ago === STRINGS.jobs.now ? ago : STRINGS.jobs.ago(ago)}
      </time>
      {length !== undefined && (
        <span>{running ? STRINGS.jobs.runningFor(length) : STRINGS.jobs.took(length)}</span>
      )}
      {left !== undefined && <span>{STRINGS.jobs.endsIn(left)}</span>}
      {queue !== undefined && <span>{STRINGS.jobs.queue(queue)}</span>}
    </div>
  );
}

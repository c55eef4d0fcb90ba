/** What a job is and how far it is, and what it has to say. */
import type { JobJson, NoteJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { Facts, inWords } from "../errors/trouble-box.js";
import { STAGES, stagesOf } from "../making/job-view.js";
import { STRINGS } from "../strings.js";
import { nowMs } from "../widgets/now.js";
import { betweenText, dateText, untilText } from "../widgets/times.js";
import { isRunning, jobId } from "./job-state.js";
import { StateBadge } from "./state-badge.js";

export function JobHead({ job }: { job: JobJson }) {
  const {
    name,
    state,
    createTime,
    updateTime,
    progress,
    retryOf,
    retriedAs = [],
    labels = {},
  } = job;
  const running = isRunning(job);
  const now = nowMs.value;
  const left = running ? untilText(progress?.estimatedEndTime, now) : undefined;
  const queue = running ? progress?.queuePosition : undefined;
  const length = betweenText(createTime, running ? undefined : updateTime, now) ?? "";
  const facts: (readonly [string, string])[] = [
    [STRINGS.job.id, jobId(name)],
    [STRINGS.job.made, dateText(createTime)],
    [running ? STRINGS.job.running : STRINGS.job.took, length],
    [STRINGS.job.depthModel, job.depthModel ?? ""],
    [STRINGS.job.tenant, job.tenant ?? ""],
    ...Object.entries(labels).map(([key, value]) => [STRINGS.job.label(key), value] as const),
  ];
  return (
    <div class="job-head">
      <p class="job-now" role="status">
        <StateBadge state={state} />
        {job.cacheHit && <span class="quiet">{STRINGS.jobs.cached}</span>}
        {left !== undefined && <span>{STRINGS.jobs.endsIn(left)}</span>}
        {queue !== undefined && <span>{STRINGS.jobs.queue(queue)}</span>}
      </p>
      {running && (
        <ul class="job-stages">
          {stagesOf(job).map(({ stage, percent }) => (
            <li key={stage}>
              <span>{STRINGS.job.stageWord[stage]}</span>
              <progress
                class="progress"
                aria-label={STRINGS.job.stageWord[stage]}
                value={percent}
                max={100}
              />
              <span class="number">{percent} %</span>
            </li>
          ))}
        </ul>
      )}
      <Facts facts={facts.filter(([, value]) => value !== "")} />
      {retryOf && <JobLinks text={STRINGS.job.retryOf} names={[retryOf]} />}
      {retriedAs.length > 0 && <JobLinks text={STRINGS.job.retriedAs} names={retriedAs} />}
    </div>
  );
}

function JobLinks({ text, names }: { text: string; names: readonly string[] }) {
  return (
    <p>
      {text}{" "}
      {names.map((name, i) => (
        <span key={name}>
          {i > 0 && ", "}
          <a href={`#/jobs/${jobId(name)}`}>{jobId(name)}</a>
        </span>
      ))}
    </p>
  );
}

export function JobNotes({ job: { notes = [] } }: { job: JobJson }) {
  if (notes.length === 0) return null;
  const inOrder = [...notes].sort((a, b) => placeOf(a) - placeOf(b));
  return (
    <section aria-labelledby="notes-title">
      <h3 id="notes-title">{STRINGS.job.notes}</h3>
      <ul class="notes">
        {inOrder.map(({ stage = "", code = "", message = "", metadata = {} }, i) => (
          <li key={i} class="notice">
            <p>{message}</p>
            <details>
              <summary>
                {STRINGS.job.noteFrom(stage)} <code>{code}</code>
              </summary>
              <Facts facts={inWords(Object.entries(metadata))} />
            </details>
          </li>
        ))}
      </ul>
    </section>
  );
}

function placeOf({ stage = "" }: NoteJson): number {
  return (STAGES as readonly string[]).indexOf(stage);
}

/** How far a job is, by stage, and the way to end it. */
import { useEffect, useState } from "preact/hooks";
import { durationText } from "../../../../core/quantity-text.js";
import { hasEnded } from "../api/job-events.js";
import { troubleOfStatus } from "../errors/trouble.js";
import { TroubleBox } from "../errors/trouble-box.js";
import { PhotoNotes } from "../photo/photo-notes.js";
import { STRINGS } from "../strings.js";
import { jobId, queuePosition, secondsLeft, stagesOf } from "./job-view.js";
import { cancelMaking, leaveMaking, type Making } from "./making.js";

export function JobProgress({ made }: { readonly made: Making }) {
  const words = STRINGS.making;
  const { job, isConnected } = made;
  const ended = hasEnded(job.state);
  return (
    <section class="job-progress" aria-label={words.progress}>
      <div class="render-row">
        <p class="job-state" role="status">
          <strong>{words.states[job.state ?? "JOB_STATE_UNSPECIFIED"]}</strong>
          {job.cacheHit && ` · ${words.cached}`}
          {!isConnected && !ended && ` · ${words.lost}`}
        </p>
        {!ended && <Outlook made={made} />}
      </div>
      <ul class="making-stages">
        {stagesOf(job).map(({ stage, percent, state }) => (
          <li key={stage} class={`making-stage ${state}`}>
            <span id={`making-${stage}`}>{words.stages[stage]}</span>
            <progress
              class="progress"
              max={100}
              value={percent}
              aria-labelledby={`making-${stage}`}
              aria-valuetext={words.stageText(percent, words.stageStates[state])}
            />
            <span class="making-percent">{percent} %</span>
          </li>
        ))}
      </ul>
      {job.error && <TroubleBox trouble={troubleOfStatus(job.error)} />}
      <PhotoNotes notes={job.notes ?? []} />
      <div class="buttons">
        {ended ? (
          <button type="button" class="button" onClick={leaveMaking}>
            {words.close}
          </button>
        ) : (
          <button type="button" class="button danger" onClick={() => void cancelMaking()}>
            {words.cancel}
          </button>
        )}
        <a class="button plain" href={`#/jobs/${jobId(job)}`}>
          {words.jobPage}
        </a>
      </div>
    </section>
  );
}

/** Counts down between the events that correct it. */
function Outlook({ made: { job } }: { readonly made: Making }) {
  const [nowMs, setNowMs] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const words = STRINGS.making;
  const [seconds, waiting] = [secondsLeft(job, nowMs), queuePosition(job)];
  const parts = [
    waiting === undefined ? "" : waiting === 0 ? words.next : words.queue(waiting),
    seconds === undefined ? "" : words.left(durationText(Math.max(1, seconds))),
  ].filter((part) => part !== "");
  return parts.length > 0 ? <p class="fine outlook">{parts.join(" · ")}</p> : null;
}

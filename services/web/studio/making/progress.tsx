/** How far a job is, by stage, and the way to end it. */
import { useEffect, useState } from "preact/hooks";
import { durationText } from "../../../../core/quantity-text.js";
import { hasEnded } from "../api/job-events.js";
import { STRINGS } from "../strings.js";
import { failureOf, jobId, queuePosition, secondsLeft, stagesOf } from "./job-view.js";
import { cancelMaking, leaveMaking, type Making } from "./making.js";

export function Progress({ made }: { readonly made: Making }) {
  const words = STRINGS.making;
  const { job, isConnected } = made;
  const ended = hasEnded(job.state);
  const failure = failureOf(job);
  return (
    <section class="progress" aria-label={words.progress}>
      <p class="job-state" role="status">
        <strong>{words.states[job.state ?? "JOB_STATE_UNSPECIFIED"]}</strong>
        {job.cacheHit && ` · ${words.cached}`}
        {!isConnected && !ended && ` · ${words.lost}`}
      </p>
      <Outlook made={made} />
      <ul class="stages">
        {stagesOf(job).map(({ stage, percent, state }) => (
          <li key={stage} class={`stage ${state}`}>
            <span class="stage-name" id={`stage-${stage}`}>
              {words.stages[stage]}
            </span>
            <Bar percent={percent} labelledBy={`stage-${stage}`} text={words.stageStates[state]} />
            <span class="stage-percent">{percent} %</span>
          </li>
        ))}
      </ul>
      {failure && (
        <div class="problem" role="alert">
          <p>{failure.message}</p>
          {failure.reason && <p class="quiet">{words.reason(failure.reason)}</p>}
        </div>
      )}
      <div class="progress-row">
        {ended ? (
          <button type="button" onClick={leaveMaking}>
            {words.close}
          </button>
        ) : (
          <button type="button" onClick={() => void cancelMaking()}>
            {words.cancel}
          </button>
        )}
        <a href={`#/jobs/${jobId(job)}`}>{words.jobPage}</a>
      </div>
    </section>
  );
}

interface BarProps {
  readonly percent: number;
  readonly labelledBy: string;
  readonly text: string;
}

function Bar({ percent, labelledBy, text }: BarProps) {
  return (
    <div
      class="stage-bar"
      role="progressbar"
      aria-labelledby={labelledBy}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={`${percent} %, ${text}`}
    >
      <div ref={(fill) => fill?.style.setProperty("inline-size", `${percent}%`)} />
    </div>
  );
}

/** Counts down between the events that correct it. */
function Outlook({ made: { job } }: { readonly made: Making }) {
  const [nowMs, setNowMs] = useState(Date.now());
  const ended = hasEnded(job.state);
  useEffect(() => {
    if (ended) return undefined;
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [ended]);
  const words = STRINGS.making;
  const [seconds, waiting] = [secondsLeft(job, nowMs), queuePosition(job)];
  const parts = [
    waiting === undefined ? "" : waiting === 0 ? words.next : words.queue(waiting),
    seconds === undefined ? "" : words.left(durationText(seconds)),
  ].filter((part) => part !== "");
  return parts.length > 0 ? <p class="quiet outlook">{parts.join(" · ")}</p> : null;
}

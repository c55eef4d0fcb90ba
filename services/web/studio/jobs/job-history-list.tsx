/** The states of a job over time, as a bar and as a list. */
import type { JobEventJson } from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { STRINGS } from "../strings.js";
import { timeText } from "../trace/time-axis.js";
import { nowMs } from "../widgets/now.js";
import { clockText, dateText } from "../widgets/times.js";
import { type HistoryEntry, historyOf } from "./job-history.js";
import { toneOf } from "./job-state.js";
import { StateBadge } from "./state-badge.js";

export function JobHistory({ events }: { events: readonly JobEventJson[] }) {
  const entries = historyOf(events, nowMs.value);
  return (
    <section aria-labelledby="history-title">
      <h3 id="history-title">{STRINGS.job.history}</h3>
      {entries.length === 0 && <p class="quiet">{STRINGS.job.historyLoading}</p>}
      <div class="history-bar" aria-hidden="true">
        {entries.map(({ number, state, share }) => (
          <span
            key={number}
            class={`is-${toneOf(state)} of-${state.toLowerCase().replaceAll("_", "-")}`}
            style={{ flexGrow: share }}
          />
        ))}
      </div>
      <ol class="history">
        {entries.map((entry) => (
          <Entry key={entry.number} entry={entry} />
        ))}
      </ol>
    </section>
  );
}

function Entry({ entry: { state, time, reason, isAgain, lastsMs } }: { entry: HistoryEntry }) {
  return (
    <li>
      <StateBadge state={state} />
      {isAgain && <span>{STRINGS.job.again}</span>}
      {reason !== "" && (
        <a href={`#/errors/${reason}`}>
          <code>{reason}</code>
        </a>
      )}
      <time class="quiet" dateTime={time} title={dateText(time)}>
        {clockText(time)}
      </time>
      {lastsMs > 0 && <span class="quiet">{STRINGS.job.lasted(timeText(lastsMs))}</span>}
    </li>
  );
}

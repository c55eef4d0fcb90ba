/** Everything that is known about one span. */
import { Facts, inWords } from "../errors/trouble-box.js";
import { STRINGS } from "../strings.js";
import { dateText } from "../widgets/times.js";
import { timeText } from "./time-axis.js";
import type { Row } from "./visible-rows.js";

interface SpanDetailsProps {
  readonly row: Row | undefined;
  readonly isRunning: boolean;
}

export function SpanDetails({ row, isRunning }: SpanDetailsProps) {
  return (
    <section class="span-details" aria-label={STRINGS.trace.details} aria-live="polite">
      {row ? (
        <Details row={row} isRunning={isRunning} />
      ) : (
        <p class="quiet">{STRINGS.trace.nothing}</p>
      )}
    </section>
  );
}

function Details({
  row: { span, isOrphan, attempt },
  isRunning,
}: {
  row: Row;
  isRunning: boolean;
}) {
  const { name, service, worker, startTime, startMs, durationMs, error, facts, events } = span;
  const known: (readonly [string, string])[] = [
    [STRINGS.trace.service, service],
    [STRINGS.trace.worker, worker],
    [STRINGS.trace.start, timeText(startMs)],
    [STRINGS.trace.duration, timeText(durationMs)],
    [STRINGS.trace.startedAt, dateText(startTime || undefined)],
    [STRINGS.trace.spanId, span.spanId],
    ...facts.map(([key, value]) => [factName(key), value] as const),
  ];
  return (
    <>
      <h4>{name}</h4>
      {error !== "" && (
        <p class="is-bad">
          ✕ <a href={`#/errors/${error}`}>{error}</a>
        </p>
      )}
      {attempt && <p class="quiet">{STRINGS.trace.attempt(attempt.number, attempt.of)}</p>}
      {isOrphan && (
        <p class="quiet">{isRunning ? STRINGS.trace.orphanRunning : STRINGS.trace.orphan}</p>
      )}
      <Facts facts={known.filter(([, value]) => value !== "")} />
      {events.length > 0 && (
        <>
          <h5>{STRINGS.trace.events}</h5>
          <ul>
            {events.map((event) => (
              <li key={`${event.name} ${event.atMs}`}>
                {STRINGS.trace.eventAt(event.name, timeText(event.atMs))}
                <Facts facts={inWords(event.facts)} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** `depthmesh.cache_hit` is "cache hit". */
function factName(key: string): string {
  return key.replace(/^depthmesh\./, "").replaceAll("_", " ");
}

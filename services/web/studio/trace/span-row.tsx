/** One row of a waterfall: its name, its time, and its bar. */
import { Component } from "preact";
import { STRINGS } from "../strings.js";
import { serviceClass } from "./service-class.js";
import { barOf, type TimeRange, timeText } from "./time-axis.js";
import type { Row } from "./visible-rows.js";

export interface SpanRowProps {
  readonly row: Row;
  readonly range: TimeRange;
  /** Place among its siblings. */
  readonly place: { readonly at: number; readonly of: number } | undefined;
  readonly isClosed: boolean;
  readonly isSelected: boolean;
  /** The row that the Tab key reaches. */
  readonly isReached: boolean;
  readonly isRunning: boolean;
}

/** Thousands of rows stay as they are while a key moves from one to the next. */
export class SpanRow extends Component<SpanRowProps> {
  override shouldComponentUpdate(next: SpanRowProps): boolean {
    const before = this.props;
    return (Object.keys(next) as (keyof SpanRowProps)[]).some((key) => next[key] !== before[key]);
  }

  override render() {
    const { row, range, place, isClosed, isSelected, isReached } = this.props;
    const { spanId, durationMs } = row.span;
    return (
      <tr
        class="span-row"
        data-span={spanId}
        aria-level={row.depth + 1}
        aria-posinset={place?.at}
        aria-setsize={place?.of}
        aria-expanded={row.within > 0 ? !isClosed : undefined}
        aria-selected={isSelected}
        tabIndex={isReached ? 0 : -1}
      >
        <NameCell {...this.props} />
        <td class="span-time">{timeText(durationMs)}</td>
        <BarCell row={row} range={range} />
      </tr>
    );
  }
}

function NameCell({ row, isRunning, isClosed }: SpanRowProps) {
  const { span, depth, within, attempt, isOrphan } = row;
  const words = STRINGS.trace;
  return (
    <td class="span-name">
      <div style={{ "--depth": Math.min(depth, 12) }}>
        {within > 0 ? (
          <button
            type="button"
            class="span-toggle"
            tabIndex={-1}
            aria-label={words.toggle(!isClosed, span.name)}
          >
            {isClosed ? "▸" : "▾"}
          </button>
        ) : (
          <span class="span-toggle" />
        )}
        {span.error !== "" && <span class="span-cross">✕</span>}
        <span class="span-title">{span.name}</span>
        <span class="unseen">
          {span.service} {span.error}
        </span>
        {attempt && (
          <span class="chip" title={words.attempt(attempt.number, attempt.of)}>
            <span class="unseen">{words.attempt(attempt.number, attempt.of)}</span>
            <span aria-hidden="true">
              {attempt.number}/{attempt.of}
            </span>
          </span>
        )}
        {isOrphan && (
          <span class="chip" title={isRunning ? words.orphanRunning : words.orphan}>
            {isRunning ? words.orphanRunningShort : words.orphanShort}
          </span>
        )}
        {isClosed && <span class="chip">{words.within(within)}</span>}
      </div>
    </td>
  );
}

/** A share of the axis, 0 to 1, as CSS has it. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(3)}%`;
}

function BarCell({ row: { span }, range }: { row: Row; range: TimeRange }) {
  const { startMs, durationMs, service, error, events } = span;
  const bar = barOf(startMs, durationMs, range);
  return (
    <td class="span-axis">
      {bar && (
        <span
          class={`span-bar ${serviceClass(service)}${error === "" ? "" : " has-error"}`}
          style={{ left: percent(bar.left), width: percent(bar.width) }}
        />
      )}
      {events.map(({ name, atMs }) => {
        const place = barOf(atMs, 0, range);
        return (
          place && (
            <span
              key={`${name} ${atMs}`}
              class="span-event"
              title={STRINGS.trace.eventAt(name, timeText(atMs))}
              style={{ left: percent(place.left) }}
            />
          )
        );
      })}
      {error !== "" && (
        <code class="span-error" aria-hidden="true">
          {error}
        </code>
      )}
    </td>
  );
}

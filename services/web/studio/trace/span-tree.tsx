/** The rows of a waterfall: a tree grid that the arrow keys walk through. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { STRINGS } from "../strings.js";
import { serviceClass } from "./service-class.js";
import { barOf, type TimeRange, ticksOf, timeText } from "./time-axis.js";
import { keyMove, placesOf, type Row, visibleRows } from "./visible-rows.js";

const MOST_TICKS = 6;

export interface SpanTreeProps {
  readonly rows: readonly Row[];
  readonly range: TimeRange;
  /** Ids of spans whose inner rows are hidden. */
  readonly closed: ReadonlySet<string>;
  readonly selected: string | undefined;
  readonly onClosed: (closed: ReadonlySet<string>) => void;
  readonly onSelect: (spanId: string) => void;
}

export function SpanTree({ rows, range, closed, selected, onClosed, onSelect }: SpanTreeProps) {
  const visible = visibleRows(rows, closed);
  const places = useMemo(() => placesOf(rows), [rows]);
  const body = useRef<HTMLTableSectionElement>(null);
  const focusNext = useRef<string | undefined>(undefined);
  const isShown = visible.some(({ span }) => span.spanId === selected);
  const reached = isShown ? selected : visible[0]?.span.spanId;

  const toggle = (spanId: string) => {
    const next = new Set(closed);
    if (!next.delete(spanId)) next.add(spanId);
    onClosed(next);
  };
  const onKeyDown = (event: KeyboardEvent, spanId: string) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onSelect(spanId);
      return;
    }
    const move = keyMove(event.key, visible, closed, spanId);
    if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (move.open !== undefined || move.close !== undefined) toggle(spanId);
    if (move.to !== undefined) {
      focusNext.current = move.to;
      onSelect(move.to);
    }
  };
  useEffect(() => {
    if (focusNext.current === undefined) return;
    focusNext.current = undefined;
    body.current?.querySelector<HTMLElement>("tr[tabindex='0']")?.focus();
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: HTML lets a table be a tree
    <table class="span-tree" role="treegrid" aria-label={STRINGS.trace.title}>
      <thead>
        <tr>
          <th scope="col">{STRINGS.trace.span}</th>
          <th scope="col" class="span-time">
            {STRINGS.trace.duration}
          </th>
          <th scope="col" class="span-axis">
            <span class="unseen">{STRINGS.trace.time}</span>
            <Ticks range={range} />
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {visible.map((row) => {
          const { spanId } = row.span;
          const place = places.get(spanId);
          return (
            <tr
              key={spanId}
              class="span-row"
              aria-level={row.depth + 1}
              aria-posinset={place?.at}
              aria-setsize={place?.of}
              aria-expanded={row.within > 0 ? !closed.has(spanId) : undefined}
              aria-selected={spanId === selected}
              tabIndex={spanId === reached ? 0 : -1}
              onClick={() => onSelect(spanId)}
              onKeyDown={(event) => onKeyDown(event, spanId)}
            >
              <NameCell row={row} isClosed={closed.has(spanId)} onToggle={() => toggle(spanId)} />
              <td class="span-time">{timeText(row.span.durationMs)}</td>
              <BarCell row={row} range={range} />
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface NameCellProps {
  readonly row: Row;
  readonly isClosed: boolean;
  readonly onToggle: () => void;
}

function NameCell({ row, isClosed, onToggle }: NameCellProps) {
  const { span, depth, within, attempt, isOrphan } = row;
  return (
    <td class="span-name">
      <div style={{ "--depth": Math.min(depth, 12) }}>
        {within > 0 ? (
          <button
            type="button"
            class="span-toggle"
            tabIndex={-1}
            aria-label={STRINGS.trace.toggle(!isClosed, span.name)}
            onClick={(event) => {
              event.stopPropagation();
              onToggle();
            }}
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
          <span class="chip" title={STRINGS.trace.attempt(attempt.number, attempt.of)}>
            <span class="unseen">{STRINGS.trace.attempt(attempt.number, attempt.of)}</span>
            <span aria-hidden="true">
              {attempt.number}/{attempt.of}
            </span>
          </span>
        )}
        {isOrphan && (
          <span class="chip" title={STRINGS.trace.orphan}>
            {STRINGS.trace.orphanShort}
          </span>
        )}
        {isClosed && <span class="chip">{STRINGS.trace.within(within)}</span>}
      </div>
    </td>
  );
}

const percent = (share: number) => `${(100 * share).toFixed(3)}%`;

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

function Ticks({ range }: { range: TimeRange }) {
  return (
    <span class="span-ticks" aria-hidden="true">
      {ticksOf(range, MOST_TICKS).map((ms) => (
        <span key={ms} style={{ left: percent(barOf(ms, 0, range)?.left ?? 0) }}>
          {timeText(ms)}
        </span>
      ))}
    </span>
  );
}

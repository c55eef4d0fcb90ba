/** The rows of a waterfall: a tree grid that the arrow keys walk through. */
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { STRINGS } from "../strings.js";
import { percent, SpanRow } from "./span-row.js";
import { barOf, type TimeRange, ticksOf, tickTexts } from "./time-axis.js";
import { keyMove, placesOf, type Row, visibleRows } from "./visible-rows.js";

const MOST_TICKS = 6;

export interface SpanTreeProps {
  readonly rows: readonly Row[];
  readonly range: TimeRange;
  /** Ids of spans whose inner rows are hidden. */
  readonly closed: ReadonlySet<string>;
  readonly selected: string | undefined;
  readonly isRunning: boolean;
  readonly onClosed: (closed: ReadonlySet<string>) => void;
  readonly onSelect: (spanId: string) => void;
}

export function SpanTree(props: SpanTreeProps) {
  const { rows, range, closed, selected, isRunning, onClosed, onSelect } = props;
  const visible = useMemo(() => visibleRows(rows, closed), [rows, closed]);
  const places = useMemo(() => placesOf(rows), [rows]);
  const body = useRef<HTMLTableSectionElement>(null);
  const isMoving = useRef(false);
  const isShown = visible.some(({ span }) => span.spanId === selected);
  const reached = isShown ? selected : visible[0]?.span.spanId;

  const toggle = (spanId: string) => {
    const next = new Set(closed);
    if (!next.delete(spanId)) next.add(spanId);
    onClosed(next);
  };
  const onClick = ({ target }: Event) => {
    const spanId = spanOf(target);
    if (spanId === undefined) return;
    if (target instanceof Element && target.closest("button")) toggle(spanId);
    else onSelect(spanId);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const spanId = spanOf(event.target);
    if (spanId === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    const isChoice = event.key === "Enter" || event.key === " ";
    const move = isChoice ? { to: spanId } : keyMove(event.key, visible, closed, spanId);
    if (!move) return;
    event.preventDefault();
    if (move.open !== undefined || move.close !== undefined) toggle(spanId);
    if (move.to === undefined) return;
    isMoving.current = true;
    onSelect(move.to);
  };
  // Before the next key comes, which may be soon where one is held down.
  useLayoutEffect(() => {
    if (!isMoving.current) return;
    isMoving.current = false;
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
      <tbody ref={body} onClick={onClick} onKeyDown={onKeyDown}>
        {visible.map((row) => {
          const { spanId } = row.span;
          return (
            <SpanRow
              key={spanId}
              row={row}
              range={range}
              place={places.get(spanId)}
              isClosed={closed.has(spanId)}
              isSelected={spanId === selected}
              isReached={spanId === reached}
              isRunning={isRunning}
            />
          );
        })}
      </tbody>
    </table>
  );
}

/** The span whose row an event happened in. */
function spanOf(target: EventTarget | null): string | undefined {
  if (!(target instanceof Element)) return undefined;
  return target.closest<HTMLElement>("[data-span]")?.dataset.span;
}

function Ticks({ range }: { range: TimeRange }) {
  const ticks = ticksOf(range, MOST_TICKS);
  const texts = tickTexts(ticks);
  return (
    <span class="span-ticks" aria-hidden="true">
      {ticks.map((ms, i) => (
        <span key={ms} style={{ left: percent(barOf(ms, 0, range)?.left ?? 0) }}>
          {texts[i]}
        </span>
      ))}
    </span>
  );
}

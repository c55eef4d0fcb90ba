/** A trace as a tree of bars on one time axis; the same as a table for those who prefer one. */
import { useSignal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { extentOf, inTreeOrder } from "../../../../core/trace/span-tree.js";
import { STRINGS } from "../strings.js";
import type { JobSpan } from "./job-trace.js";
import { serviceClass } from "./service-class.js";
import { SpanDetails } from "./span-details.js";
import { SpanTable } from "./span-table.js";
import { SpanTree } from "./span-tree.js";
import { rangeAround, type TimeRange, timeText } from "./time-axis.js";
import { closedAtFirst, openedFor, type Row } from "./visible-rows.js";

export interface WaterfallProps {
  readonly spans: readonly JobSpan[];
  /** Spans are written when they end, so that those around others may still come. */
  readonly isRunning: boolean;
}

export function Waterfall({ spans, isRunning }: WaterfallProps) {
  const rows = useMemo(() => inTreeOrder(spans), [spans]);
  const whole = useMemo<TimeRange>(() => {
    const { startMs, endMs } = extentOf(spans);
    return { fromMs: startMs, toMs: endMs };
  }, [spans]);
  // A trace that grows keeps what the reader has opened and closed.
  const closed = useSignal<ReadonlySet<string>>(useRef(closedAtFirst(rows)).current);
  const zoom = useSignal<TimeRange | undefined>(undefined);
  const selected = useSignal<string | undefined>(undefined);
  const isTable = useSignal(false);
  const row = rows.find(({ span }) => span.spanId === selected.value);
  const bad = spans.filter(({ error }) => error !== "").length;
  return (
    <div class="trace">
      <div class="trace-bar">
        <p class="quiet">
          {STRINGS.trace.count(spans.length, timeText(whole.toMs - whole.fromMs))}
          {bad > 0 && <span class="is-bad"> · {STRINGS.trace.errors(bad)}</span>}
        </p>
        <Legend spans={spans} />
        <div class="buttons">
          {!isTable.value && (
            <>
              <Small
                text={STRINGS.trace.openAll}
                onClick={() => {
                  closed.value = new Set();
                }}
              />
              <Small
                text={STRINGS.trace.closeAll}
                onClick={() => {
                  closed.value = new Set(withInner(rows));
                }}
              />
              {row && (
                <Small
                  text={STRINGS.trace.zoom}
                  onClick={() => {
                    zoom.value = rangeAround(row.span.startMs, row.span.durationMs, whole);
                  }}
                />
              )}
              {zoom.value && (
                <Small
                  text={STRINGS.trace.whole}
                  onClick={() => {
                    zoom.value = undefined;
                  }}
                />
              )}
            </>
          )}
          <label class="check">
            <input
              type="checkbox"
              checked={isTable.value}
              onChange={({ currentTarget }) => {
                isTable.value = currentTarget.checked;
              }}
            />
            {STRINGS.trace.asTable}
          </label>
        </div>
      </div>
      {isTable.value ? (
        <SpanTable rows={rows} />
      ) : (
        <div class="trace-panes">
          <SpanTree
            rows={rows}
            range={zoom.value ?? whole}
            closed={closed.value}
            isRunning={isRunning}
            selected={selected.value}
            onClosed={(next) => {
              closed.value = next;
            }}
            onSelect={(spanId) => {
              selected.value = spanId;
              closed.value = openedFor(rows, closed.value, spanId);
            }}
          />
          <SpanDetails row={row} isRunning={isRunning} />
        </div>
      )}
    </div>
  );
}

function withInner(rows: readonly Row[]): string[] {
  return rows.filter(({ within }) => within > 0).map(({ span }) => span.spanId);
}

function Small({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <button type="button" class="button small" onClick={onClick}>
      {text}
    </button>
  );
}

function Legend({ spans }: { spans: readonly JobSpan[] }) {
  const services = [...new Set(spans.map(({ service }) => service))];
  return (
    <ul class="trace-legend" aria-label={STRINGS.trace.legend}>
      {services.map((service) => (
        <li key={service}>
          <span class={`swatch ${serviceClass(service)}`} aria-hidden="true" />
          {service}
        </li>
      ))}
    </ul>
  );
}

/**
 * Draws a trace as text: a tree of spans, each with its start, duration and a bar on a common time
 * axis.
 */
import { extentOf, inTreeOrder } from "../core/trace/span-tree.js";
import type { SpanRecord } from "../kit/telemetry/trace-files.js";

const NAME_COLUMNS = 30;
const SERVICE_COLUMNS = 8;
const MIN_BAR_COLUMNS = 10;

/** `columns` is the width of the terminal. */
export function drawWaterfall(spans: readonly SpanRecord[], columns: number): string {
  const { startMs, endMs } = extentOf(spans);
  const barColumns = Math.max(MIN_BAR_COLUMNS, columns - NAME_COLUMNS - SERVICE_COLUMNS - 22);
  const perMs = barColumns / Math.max(1e-6, endMs - startMs);
  const rows = inTreeOrder(spans).map(({ span, depth }) => {
    const service = span.service.replace(/^depthmesh-/, "").padEnd(SERVICE_COLUMNS);
    const name = `${"  ".repeat(depth)}${span.name}`.slice(0, NAME_COLUMNS).padEnd(NAME_COLUMNS);
    const from = Math.min(barColumns - 1, Math.floor((span.startMs - startMs) * perMs));
    const length = Math.max(1, Math.round(span.durationMs * perMs));
    const bar = (" ".repeat(from) + "█".repeat(length)).slice(0, barColumns).padEnd(barColumns);
    const times = `${milliseconds(span.startMs - startMs)} ${milliseconds(span.durationMs)}`;
    const notes = [span.error ?? "", ...(span.events ?? []).map((event) => event.name)].join(" ");
    return `${service} ${name} ${times} ${bar} ${notes}`.trimEnd();
  });
  const heading = `${"service".padEnd(SERVICE_COLUMNS)} ${"span".padEnd(NAME_COLUMNS)} ${"from ms".padStart(8)} ${"for ms".padStart(8)}`;
  return [heading, ...rows].join("\n");
}

function milliseconds(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0).padStart(8);
}

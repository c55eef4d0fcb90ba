/**
 * Draws a trace as text: a tree of spans, each with its start, duration and a bar on a common time
 * axis.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SpanRecord } from "./trace-files.js";

const TRACE_ID = /^[0-9a-f]{32}$/;
const NAME_COLUMNS = 30;
const SERVICE_COLUMNS = 8;
const MIN_BAR_COLUMNS = 10;

/** The spans of a trace that processes of this machine have written; empty if there is no file. */
export function readTrace(folder: string, traceId: string): SpanRecord[] {
  if (!TRACE_ID.test(traceId)) return [];
  try {
    const lines = readFileSync(join(folder, `${traceId}.jsonl`), "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as SpanRecord);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** `columns` is the width of the terminal. */
export function drawWaterfall(spans: readonly SpanRecord[], columns: number): string {
  const startMs = Math.min(...spans.map((span) => span.startMs));
  const endMs = Math.max(...spans.map((span) => span.startMs + span.durationMs));
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

/**
 * Parents come before their children, siblings in order of their start. A span whose parent is
 * missing is at the top level.
 */
function inTreeOrder(spans: readonly SpanRecord[]): { span: SpanRecord; depth: number }[] {
  const known = new Set(spans.map((span) => span.spanId));
  const children = new Map<string | null, SpanRecord[]>();
  for (const span of [...spans].sort((a, b) => a.startMs - b.startMs)) {
    const parent = span.parentId !== null && known.has(span.parentId) ? span.parentId : null;
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const rows: { span: SpanRecord; depth: number }[] = [];
  const visit = (parent: string | null, depth: number) => {
    for (const span of children.get(parent) ?? []) {
      rows.push({ span, depth });
      visit(span.spanId, depth + 1);
    }
  };
  visit(null, 0);
  return rows;
}

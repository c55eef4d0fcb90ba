/** Which rows of a waterfall are open, and how the keys move between them. */
import type { SpanRow } from "../../../../core/trace/span-tree.js";
import type { JobSpan } from "./job-trace.js";

export type Row = SpanRow<JobSpan>;

/** So many rows are read at a glance; more of them begin closed. */
const MOST_OPEN = 120;

/** The rows that no closed row hides. `closed` has ids of spans. */
export function visibleRows(rows: readonly Row[], closed: ReadonlySet<string>): Row[] {
  const visible: Row[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i];
    if (!row) continue;
    visible.push(row);
    if (closed.has(row.span.spanId)) i += row.within;
  }
  return visible;
}

/**
 * What is closed at first: nothing of a small trace. Of a large one the inner levels, from the
 * deepest, until `most` rows are left; what holds an error stays open, because it is looked for.
 */
export function closedAtFirst(rows: readonly Row[], most = MOST_OPEN): Set<string> {
  const withError = rows.map((row, i) =>
    rows.slice(i + 1, i + 1 + row.within).some(({ span }) => span.error !== ""),
  );
  const deepest = Math.max(0, ...rows.map(({ depth }) => depth));
  let closed = new Set<string>();
  for (let level = deepest - 1; level >= 0; level--) {
    if (visibleRows(rows, closed).length <= most) return closed;
    const atLevel = rows.filter(
      (row, i) => row.depth >= level && row.within > 0 && withError[i] !== true,
    );
    closed = new Set(atLevel.map(({ span }) => span.spanId));
  }
  return closed;
}

/** Opens every row that hides the span; the same set where none does. */
export function openedFor(
  rows: readonly Row[],
  closed: ReadonlySet<string>,
  spanId: string,
): ReadonlySet<string> {
  const at = rows.findIndex(({ span }) => span.spanId === spanId);
  const around = rows.filter((row, i) => i < at && at <= i + row.within);
  if (!around.some(({ span }) => closed.has(span.spanId))) return closed;
  const opened = new Set(closed);
  for (const { span } of around) opened.delete(span.spanId);
  return opened;
}

export type TreeKey = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Home" | "End";

export interface TreeMove {
  /** The span that gets the focus. */
  readonly to?: string;
  readonly open?: string;
  readonly close?: string;
}

/** What a key does on a row, as in any tree: right opens and goes in, left closes and goes out. */
export function keyMove(
  key: string,
  visible: readonly Row[],
  closed: ReadonlySet<string>,
  at: string,
): TreeMove | undefined {
  const index = visible.findIndex(({ span }) => span.spanId === at);
  const row = visible[index];
  if (!row) return undefined;
  const go = (to: number): TreeMove => {
    const target = visible[Math.max(0, Math.min(visible.length - 1, to))];
    return target ? { to: target.span.spanId } : {};
  };
  const isClosed = closed.has(at);
  switch (key as TreeKey) {
    case "ArrowDown":
      return go(index + 1);
    case "ArrowUp":
      return go(index - 1);
    case "Home":
      return go(0);
    case "End":
      return go(visible.length - 1);
    case "ArrowRight":
      if (row.within === 0) return {};
      return isClosed ? { open: at } : go(index + 1);
    case "ArrowLeft":
      if (row.within > 0 && !isClosed) return { close: at };
      return go(visible.findLastIndex(({ depth }, i) => i < index && depth < row.depth));
    default:
      return undefined;
  }
}

/** Place among its siblings, which screen readers say: from 1, and how many there are. */
export function placesOf(rows: readonly Row[]): Map<string, { at: number; of: number }> {
  const places = new Map<string, { at: number; of: number }>();
  const groups = new Map<number, { at: number; of: number }[]>();
  const settle = (depth: number) => {
    for (const [level, group] of groups) {
      if (level < depth) continue;
      for (const place of group) place.of = group.length;
      groups.delete(level);
    }
  };
  for (const { span, depth } of rows) {
    settle(depth + 1);
    const group = groups.get(depth) ?? [];
    const place = { at: group.length + 1, of: 0 };
    group.push(place);
    groups.set(depth, group);
    places.set(span.spanId, place);
  }
  settle(0);
  return places;
}

/**
 * The spans of a trace as a tree in reading order: what happened within what, and which attempt.
 */

/** The part of a span that its place in the tree depends on. */
export interface TimedSpan {
  readonly spanId: string;
  /** Null or empty for a span that nothing known surrounds. */
  readonly parentId: string | null;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

export interface SpanRow<S extends TimedSpan> {
  readonly span: S;
  /** 0 at the top level. */
  readonly depth: number;
  /** Rows that follow directly and lie within this one, at every depth. */
  readonly within: number;
  /** Its parent is not among the spans: it was not written, or is one of the caller's. */
  readonly isOrphan: boolean;
  /** Of the same step, if it was done more than once: from 1, in the order of their starts. */
  readonly attempt?: { readonly number: number; readonly of: number };
}

/** Steps that are done again after a failure. */
const REPEATED = /^process /;

/**
 * Parents come before their children, siblings in the order of their starts. A span whose parent is
 * missing is at the top level, and so is one that is its own ancestor, so that every span has a
 * row.
 */
export function inTreeOrder<S extends TimedSpan>(spans: readonly S[]): SpanRow<S>[] {
  const byStart = [...spans].sort((a, b) => a.startMs - b.startMs);
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = new Map<string, S[]>();
  const roots: S[] = [];
  for (const span of byStart) {
    const { parentId } = span;
    if (!parentId || !known.has(parentId)) {
      roots.push(span);
      continue;
    }
    const siblings = children.get(parentId) ?? [];
    siblings.push(span);
    children.set(parentId, siblings);
  }
  const attempts = attemptsOf(byStart);
  const rows: Writable<SpanRow<S>>[] = [];
  const placed = new Set<S>();
  const place = (root: S) => {
    const waiting = [{ span: root, depth: 0 }];
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { span, depth } = next;
      if (placed.has(span)) continue;
      placed.add(span);
      const isOrphan = depth === 0 && Boolean(span.parentId);
      const attempt = attempts.get(span);
      rows.push({ span, depth, within: 0, isOrphan, ...(attempt && { attempt }) });
      const inner = children.get(span.spanId) ?? [];
      waiting.push(...inner.map((child) => ({ span: child, depth: depth + 1 })).reverse());
    }
  };
  for (const root of roots) place(root);
  // What is left goes in a circle, as only a damaged trace does.
  for (const span of byStart) if (!placed.has(span)) place(span);
  return countWithin(rows);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function countWithin<S extends TimedSpan>(rows: Writable<SpanRow<S>>[]): SpanRow<S>[] {
  const open: { row: Writable<SpanRow<S>>; index: number }[] = [];
  const close = (depth: number, end: number) => {
    while ((open.at(-1)?.row.depth ?? -1) >= depth) {
      const last = open.pop();
      if (last) last.row.within = end - last.index - 1;
    }
  };
  for (const [index, row] of rows.entries()) {
    close(row.depth, index);
    open.push({ row, index });
  }
  close(0, rows.length);
  return rows;
}

function attemptsOf<S extends TimedSpan>(byStart: readonly S[]) {
  const steps = new Map<string, S[]>();
  for (const span of byStart) {
    if (REPEATED.test(span.name)) steps.set(span.name, [...(steps.get(span.name) ?? []), span]);
  }
  const attempts = new Map<S, { number: number; of: number }>();
  for (const same of steps.values()) {
    if (same.length < 2) continue;
    for (const [i, span] of same.entries()) attempts.set(span, { number: i + 1, of: same.length });
  }
  return attempts;
}

/** From the first start to the last end; of no spans, from 0 to 0. */
export function extentOf(spans: readonly TimedSpan[]): { startMs: number; endMs: number } {
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const span of spans) {
    startMs = Math.min(startMs, span.startMs);
    endMs = Math.max(endMs, span.startMs + span.durationMs);
  }
  return spans.length === 0 ? { startMs: 0, endMs: 0 } : { startMs, endMs };
}

/**
 * Decides which traces reach the local files: those of jobs, and of calls that say so. A refused
 * call leaves nothing, because anybody can make a million of them.
 */
import type { Context } from "@opentelemetry/api";
import type {
  ReadableSpan,
  Span,
  SpanExporter,
  SpanProcessor,
} from "@opentelemetry/sdk-trace-node";

/** A span with one of them, not empty, has its whole trace kept. */
export const KEEPING = { job: "depthmesh.job", standalone: "depthmesh.standalone" } as const;

/** Traces that are remembered as kept; those with a file are known by that, too. */
const MAX_KEPT = 10_000;
/** Finished spans of running calls that have no job yet. */
const MAX_HELD_TRACES = 1_000;
const MAX_HELD_SPANS = 100;

export class KeptTraces implements SpanProcessor {
  readonly #exporter: SpanExporter;
  readonly #kept = new Set<string>();
  readonly #held = new Map<string, ReadableSpan[]>();

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  has(traceId: string): boolean {
    return this.#kept.has(traceId);
  }

  onStart(span: Span, _parent: Context): void {
    if (isKeeping(span)) this.#keep(span.spanContext().traceId);
  }

  /** Each span of a kept trace is written as it ends, so that those of a crash reach the disk. */
  onEnd(span: ReadableSpan): void {
    const { traceId } = span.spanContext();
    if (isKeeping(span)) this.#keep(traceId);
    if (this.has(traceId)) this.#exporter.export([span], () => {});
    else if (isLocalRoot(span)) this.#held.delete(traceId);
    else this.#hold(traceId, span);
  }

  async forceFlush(): Promise<void> {}

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #keep(traceId: string): void {
    if (this.#kept.has(traceId)) return;
    this.#kept.add(traceId);
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(first(this.#kept));
    const held = this.#held.get(traceId);
    this.#held.delete(traceId);
    if (held) this.#exporter.export(held, () => {});
  }

  #hold(traceId: string, span: ReadableSpan): void {
    const held = this.#held.get(traceId) ?? [];
    if (held.length < MAX_HELD_SPANS) held.push(span);
    this.#held.set(traceId, held);
    if (this.#held.size > MAX_HELD_TRACES) this.#held.delete(first(this.#held));
  }
}

function isKeeping({ attributes }: Pick<ReadableSpan, "attributes">): boolean {
  return Object.values(KEEPING).some((name) => Boolean(attributes[name]));
}

/** Whether no span of this process waits for it. */
function isLocalRoot({ parentSpanContext }: ReadableSpan): boolean {
  return parentSpanContext === undefined || parentSpanContext.isRemote === true;
}

function first(ids: Set<string> | Map<string, unknown>): string {
  const [oldest = ""] = ids.keys();
  return oldest;
}

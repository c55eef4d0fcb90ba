/** Spans as JSON lines in one file a trace, `<folder>/<trace id>.jsonl`, where `depthmesh trace` finds them. */
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";
import { ATTR_SERVICE_NAME } from "@opentelemetry/semantic-conventions";
import { hrTimeToMilliseconds } from "./time.js";

/** One finished span as the local file holds it. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly service: string;
  readonly name: string;
  /** Unix time in milliseconds, with fractions. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Reason of the error, absent when the span ended well. */
  readonly error?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What happened within the span; absent when nothing did. */
  readonly events?: readonly SpanEvent[];
}

export interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

type ExportCallback = Parameters<SpanExporter["export"]>[1];

const EXPORT_SUCCESS = 0;
const EXPORT_FAILED = 1;
const STATUS_ERROR = 2;

export class FileSpanExporter implements SpanExporter {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  export(spans: ReadableSpan[], done: ExportCallback): void {
    try {
      // One write of one whole line with O_APPEND: processes share the file without tearing lines.
      for (const span of spans) {
        const path = join(this.#folder, `${span.spanContext().traceId}.jsonl`);
        appendFileSync(path, `${JSON.stringify(toRecord(span))}\n`);
      }
      done({ code: EXPORT_SUCCESS });
    } catch (error) {
      done({ code: EXPORT_FAILED, error: error as Error });
    }
  }

  async shutdown(): Promise<void> {}
}

function toRecord(span: ReadableSpan): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  const record = {
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId ?? null,
    service: String(span.resource.attributes[ATTR_SERVICE_NAME] ?? ""),
    name: span.name,
    startMs: hrTimeToMilliseconds(span.startTime),
    durationMs: hrTimeToMilliseconds(span.duration),
    attributes: span.attributes,
    ...(span.events.length > 0 && { events: span.events.map(toEvent) }),
  };
  const failed = span.status.code === STATUS_ERROR;
  return failed ? { ...record, error: span.status.message ?? "" } : record;
}

function toEvent({ name, time, attributes = {} }: ReadableSpan["events"][number]): SpanEvent {
  return { name, atMs: hrTimeToMilliseconds(time), attributes };
}

/** Spans: as processes have written them, as messages of the API, and back for a drawing. */
import { cutText } from "../core/error-text.js";
import {
  fields,
  list,
  nullable,
  number,
  object,
  optional,
  text,
  withDefault,
} from "../core/spec/json-checks.js";
import type { SpanEvent, SpanRecord } from "../kit/telemetry/trace-files.js";
import type { JobTrace, TraceEvent, TraceSpan } from "../proto/gen/depthmesh/v1/job_service.js";

const SERVICE_PREFIX = "depthmesh-";
const SPAN_ID = /^[0-9a-f]{16}$/;
/** What a span of this project needs several times over. */
const MAX_TEXT_BYTES = 256;
const MAX_ATTRIBUTES = 32;
const MAX_EVENTS = 32;

const EVENT = fields<SpanEvent>({
  name: text,
  atMs: number,
  attributes: withDefault(object, {}),
});
const SPAN = fields<SpanRecord>({
  ...{ traceId: text, spanId: text, parentId: nullable(text), service: text, name: text },
  ...{ worker: optional(text), startMs: number, durationMs: number, error: optional(text) },
  ...{ attributes: withDefault(object, {}), events: optional(list(EVENT)) },
});

/** A line of a trace file; undefined for one that is torn, or is no span of this trace. */
export function spanIn(line: string, traceId: string): SpanRecord | undefined {
  try {
    const span = SPAN(JSON.parse(line), "span");
    const isSane =
      span.traceId === traceId &&
      SPAN_ID.test(span.spanId) &&
      isTime(span.startMs + span.durationMs);
    return isSane ? span : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a Date can hold it. */
const isTime = (ms: number) => Math.abs(ms) <= 8.64e15;

/** The message of a span. `zeroMs` is the start of the trace, in Unix milliseconds. */
export function toWireSpan(span: SpanRecord, zeroMs: number): TraceSpan {
  const { spanId, parentId, name, service, worker = "", startMs, durationMs, error = "" } = span;
  return {
    ...{ spanId, parentSpanId: parentId ?? "", name: shown(name) },
    service: shown(
      service.startsWith(SERVICE_PREFIX) ? service.slice(SERVICE_PREFIX.length) : service,
    ),
    ...{ worker: shown(worker), error: shown(error) },
    ...{ startTime: new Date(startMs), endTime: new Date(startMs + durationMs) },
    ...{ offsetMs: startMs - zeroMs, durationMs },
    attributes: toWireAttributes(span.attributes),
    events: (span.events ?? []).slice(0, MAX_EVENTS).map((event) => ({
      ...{ name: shown(event.name), offsetMs: event.atMs - zeroMs },
      attributes: toWireAttributes(event.attributes),
    })),
  };
}

/** The spans of an answer, for the drawing of a trace. */
export function fromWireTrace({ traceId, spans }: JobTrace): SpanRecord[] {
  const zeroMs = Math.min(...spans.map(startOf));
  return spans.map((span) => ({
    ...{ traceId, spanId: span.spanId, parentId: span.parentSpanId || null },
    ...{ service: span.service, worker: span.worker, name: span.name },
    ...{ startMs: zeroMs + span.offsetMs, durationMs: span.durationMs },
    ...(span.error !== "" && { error: span.error }),
    ...{ attributes: span.attributes, events: span.events.map((event) => toEvent(event, zeroMs)) },
  }));
}

const startOf = ({ startTime }: TraceSpan) => startTime?.getTime() ?? 0;

const toEvent = ({ name, offsetMs, attributes }: TraceEvent, zeroMs: number): SpanEvent => ({
  ...{ name, atMs: zeroMs + offsetMs, attributes },
});

function toWireAttributes(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  const facts = Object.entries(attributes).slice(0, MAX_ATTRIBUTES);
  return Object.fromEntries(facts.map(([name, value]) => [shown(name), shown(textOf(value))]));
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

const shown = (value: string) => cutText(value, MAX_TEXT_BYTES);

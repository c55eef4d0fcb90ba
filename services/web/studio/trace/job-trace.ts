/** The trace of a job as the API sends it, in the form that the waterfall is drawn from. */
import type { TimedSpan } from "../../../../core/trace/span-tree.js";
import type { JobTraceJson } from "../../../../proto/gen/json/depthmesh/v1/job_service_pb.js";

export interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly facts: readonly (readonly [key: string, value: string])[];
}

/** Times are in milliseconds from the start of the first span. */
export interface JobSpan extends TimedSpan {
  /** gateway, depth, render or encode */
  readonly service: string;
  /** The process, where the caller may know it; empty otherwise. */
  readonly worker: string;
  /** RFC 3339 */
  readonly startTime: string;
  /** A name of ErrorReason; empty if it succeeded. */
  readonly error: string;
  readonly facts: readonly (readonly [key: string, value: string])[];
  readonly events: readonly SpanEvent[];
}

export interface JobTrace {
  readonly traceId: string;
  readonly spans: readonly JobSpan[];
  readonly isTruncated: boolean;
  /** Processes or services that did not answer. */
  readonly missing: readonly string[];
}

export function jobTrace(json: JobTraceJson): JobTrace {
  const { traceId = "", spans = [], truncated = false, missingWorkers = [] } = json;
  return {
    traceId,
    isTruncated: truncated,
    missing: missingWorkers.map((name) => name.replace(/^workers\//, "")),
    spans: spans.map((span, i) => ({
      // A span without an id cannot have children, but is shown.
      spanId: span.spanId || `#${i}`,
      parentId: span.parentSpanId || null,
      name: span.name ?? "",
      service: span.service ?? "",
      worker: span.worker ?? "",
      startTime: span.startTime ?? "",
      startMs: Number(span.offsetMs ?? 0),
      durationMs: Math.max(0, Number(span.durationMs ?? 0)),
      error: span.error ?? "",
      facts: Object.entries(span.attributes ?? {}),
      events: (span.events ?? []).map(({ name = "", offsetMs = 0, attributes = {} }) => ({
        name,
        atMs: Number(offsetMs),
        facts: Object.entries(attributes),
      })),
    })),
  };
}

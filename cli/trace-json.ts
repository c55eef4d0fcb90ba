/** A trace as JSON, for programs that run the command: docs/json.md describes the fields. */
import type { JobTrace } from "../proto/gen/depthmesh/v1/job_service.js";

export function traceJson({ name, traceId, spans, truncated, missingWorkers }: JobTrace) {
  return {
    ...{ job: name, traceId, truncated, missingWorkers },
    spans: spans.map((span) => ({
      ...{ spanId: span.spanId, parentSpanId: span.parentSpanId || null, name: span.name },
      ...{ service: span.service, worker: span.worker || null, error: span.error || null },
      startTime: span.startTime?.toISOString() ?? null,
      ...{ offsetMs: span.offsetMs, durationMs: span.durationMs, attributes: span.attributes },
      events: span.events.map(({ name, offsetMs, attributes }) => ({ name, offsetMs, attributes })),
    })),
  };
}

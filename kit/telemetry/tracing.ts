/**
 * Tracing with OpenTelemetry: spans go to a local file, and to an OTLP collector if one is set. The
 * W3C trace context travels in gRPC metadata and NATS headers.
 */

import type { IncomingHttpHeaders } from "node:http";
import type { Metadata } from "@grpc/grpc-js";
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import type { MsgHdrs } from "nats";
import { toDepthmeshError } from "../../core/errors.js";
import { KeptTraces } from "./kept-traces.js";
import { isMeasuring, measure } from "./metrics.js";
import type { Process } from "./resource.js";
import { stepOf } from "./span-steps.js";
import { FileSpanExporter } from "./trace-files.js";

export interface TracingOptions {
  readonly process: Pick<Process, "service" | "worker">;
  readonly resource: Resource;
  /** Folder of the local trace files. */
  readonly folder: string;
  /** Whether spans are pushed over OTLP, to where OTEL_EXPORTER_OTLP_* says. */
  readonly pushes: boolean;
  /** No span is made, and the trace context of callers is passed on. */
  readonly isOff?: boolean;
}

/** Whether a trace belongs to a job already; set by `startTracing`. */
let isTaken: (traceId: string) => boolean = () => false;
/** Traces of callers under which a job is being created now. */
const beginning = new Set<string>();

/** Installs the tracer of this process. The returned function flushes and removes it. */
export async function startTracing(options: TracingOptions): Promise<() => Promise<void>> {
  if (options.isOff) {
    new NodeTracerProvider().register();
    // The propagator and the context stay.
    trace.disable();
    return async () => {};
  }
  const files = new FileSpanExporter(options.folder, options.process);
  const kept = new KeptTraces(files);
  isTaken = (traceId) => kept.has(traceId) || files.has(traceId);
  const spanProcessors: SpanProcessor[] = [kept];
  if (options.pushes) {
    // The import takes half a second, which a process without a collector need not pay.
    const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-grpc");
    // It reads endpoint, headers, certificates and timeout from OTEL_EXPORTER_OTLP_*, and the
    // provider below its sampler from OTEL_TRACES_SAMPLER.
    spanProcessors.push(new BatchSpanProcessor(new OTLPTraceExporter()));
  }
  const { resource } = options;
  const provider = new NodeTracerProvider({ resource, spanProcessors });
  provider.register();
  return () => provider.shutdown();
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  readonly links?: Link[];
  /** The parent; by default the active context. */
  readonly parent?: Context;
}

/**
 * As `inSpan`, for the call that creates a job. The job continues its caller's trace, unless that
 * is the trace of another job: a caller chooses the id, and must not write into the trace of
 * somebody else. Then the job has a trace of its own, with a link to the caller's span.
 */
export async function inJobSpan<T>(
  name: string,
  options: Omit<SpanOptions, "parent">,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const caller = trace.getSpanContext(context.active());
  if (!caller) return inSpan(name, options, work);
  const { traceId } = caller;
  if (isTaken(traceId) || beginning.has(traceId)) {
    return inSpan(name, { ...options, parent: ROOT_CONTEXT, links: [{ context: caller }] }, work);
  }
  beginning.add(traceId);
  try {
    return await inSpan(name, options, work);
  } finally {
    beginning.delete(traceId);
  }
}

/** Runs `work` in a span. The reason of a thrown error is recorded, and the error is thrown on. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const tracer = trace.getTracer("depthmesh");
  const parent = options.parent ?? context.active();
  const { kind = SpanKind.INTERNAL, attributes = {}, links = [] } = options;
  return tracer.startActiveSpan(name, { kind, attributes, links }, parent, async (span) => {
    const step = isMeasuring() ? stepOf(name) : undefined;
    const begunAtMs = performance.now();
    try {
      return await work(span);
    } catch (error) {
      recordError(span, error);
      throw error;
    } finally {
      span.end();
      if (step) {
        const seconds = (performance.now() - begunAtMs) / 1000;
        measure("depthmesh.stage.step.duration", seconds, { "depthmesh.step": step });
      }
    }
  });
}

/** A span for something that is not one function call, such as a stream. End it once. */
export function openSpan(
  name: string,
  attributes: Attributes = {},
): { end(error?: unknown): void } {
  const span = trace.getTracer("depthmesh").startSpan(name, { attributes });
  return {
    end: (error) => {
      if (error !== undefined) recordError(span, error);
      span.end();
    },
  };
}

function recordError(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: toDepthmeshError(error).reason });
}

/** The active trace id, 32 hexadecimal digits; empty outside a trace. */
export function activeTraceId(): string {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? span.traceId : "";
}

/** The active span in W3C's form `traceparent`; empty outside a trace. */
export function activeTraceParent(): string {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? "";
}

const metadataGetter: TextMapGetter<Metadata> = {
  keys: (carrier) => Object.keys(carrier.getMap()),
  get: (carrier, key) => carrier.get(key).map(String),
};

const headersGetter: TextMapGetter<MsgHdrs> = {
  keys: (carrier) => carrier.keys(),
  get: (carrier, key) => carrier.get(key) || undefined,
};

/** Writes the active context into the headers of a message. */
export function injectHeaders(headers: MsgHdrs): void {
  propagation.inject(context.active(), headers, {
    set: (carrier, key, value) => carrier.set(key, value),
  });
}

/** The trace context of a message's sender. */
export function contextOfHeaders(headers: MsgHdrs | undefined): Context {
  const base = context.active();
  return headers ? propagation.extract(base, headers, headersGetter) : base;
}

/** Runs a handler in the trace context of its caller. */
export function withRemoteContext<T>(metadata: Metadata, run: () => T): T {
  return context.with(propagation.extract(context.active(), metadata, metadataGetter), run);
}

/** The trace context in the headers of an HTTP request, which may be that of no trace. */
export function contextOfRequest(headers: IncomingHttpHeaders): Context {
  return propagation.extract(ROOT_CONTEXT, headers);
}

/** Runs `run`, and what it starts, in a context. */
export function inContext<T>(active: Context, run: () => T): T {
  return context.with(active, run);
}

export { SpanKind };

/** One tracer for the process: spans go to a local file always, and to an OTLP collector when one is set. */
import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from "@opentelemetry/semantic-conventions/incubating";
import { toDepthmeshError } from "../../core/errors.js";
import { FileSpanExporter } from "./file-exporter.js";

export interface TracingOptions {
  readonly service: string;
  readonly worker: string;
  readonly version: string;
  /** Folder of the local trace files. */
  readonly folder: string;
  /** OTLP/gRPC endpoint; empty means none. */
  readonly otlpEndpoint: string;
}

/** Install the tracer; the result flushes and removes it. */
export async function startTracing(options: TracingOptions): Promise<() => Promise<void>> {
  const spanProcessors: SpanProcessor[] = [
    // Written as each span ends: the waterfall of a crashed process must reach the disk.
    new SimpleSpanProcessor(new FileSpanExporter(options.folder)),
  ];
  if (options.otlpEndpoint) {
    // Half a second to import; a process without a collector does not pay it.
    const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-grpc");
    spanProcessors.push(
      new BatchSpanProcessor(new OTLPTraceExporter({ url: options.otlpEndpoint })),
    );
  }
  const resource = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: `depthmesh-${options.service}`,
    [ATTR_SERVICE_INSTANCE_ID]: options.worker,
    [ATTR_SERVICE_VERSION]: options.version,
  });
  const provider = new NodeTracerProvider({ resource, spanProcessors });
  provider.register();
  return () => provider.shutdown();
}

export interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
  /** Parent; the active context when absent. */
  readonly parent?: Context;
}

/** Run `work` in a span. A thrown error is recorded by its reason and thrown on. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const tracer = trace.getTracer("depthmesh");
  const parent = options.parent ?? context.active();
  const { kind = SpanKind.INTERNAL, attributes = {} } = options;
  return tracer.startActiveSpan(name, { kind, attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      recordError(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span around what no function call spans, a stream for example. End it once. */
export function openSpan(name: string): { end(error?: unknown): void } {
  const span = trace.getTracer("depthmesh").startSpan(name);
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

/** 32 hexadecimal digits of the active trace; empty outside any. */
export function activeTraceId(): string {
  return trace.getActiveSpan()?.spanContext().traceId ?? "";
}
export { SpanKind };

/**
 * Local trace files: finished spans as JSON lines, one file per trace, `<folder>/<trace id>.jsonl`.
 * `depthmesh trace` reads them; old ones are removed.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";
import type { Process } from "./resource.js";

/** One finished span, as a line of a file. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly service: string;
  /** The process; absent in lines of earlier versions. */
  readonly worker?: string;
  readonly name: string;
  /** Unix time in milliseconds, with fractions. */
  readonly startMs: number;
  readonly durationMs: number;
  /** Reason of the error; absent when the span succeeded. */
  readonly error?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Absent when there are none. */
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
  readonly #process: Pick<Process, "service" | "worker">;

  /** The lines name the process, whatever an operator has it called elsewhere. */
  constructor(folder: string, process: Pick<Process, "service" | "worker">) {
    this.#folder = folder;
    this.#process = process;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Whether the trace has a file, which an earlier process may have begun. */
  has(traceId: string): boolean {
    return existsSync(this.#pathOf(traceId));
  }

  export(spans: ReadableSpan[], done: ExportCallback): void {
    try {
      // One write per line with O_APPEND: processes share the file, and no line is torn apart.
      for (const span of spans) {
        const path = this.#pathOf(span.spanContext().traceId);
        appendFileSync(path, `${JSON.stringify(toRecord(span, this.#process))}\n`, { mode: 0o600 });
      }
      done({ code: EXPORT_SUCCESS });
    } catch (error) {
      done({ code: EXPORT_FAILED, error: error as Error });
    }
  }

  async shutdown(): Promise<void> {}

  #pathOf(traceId: string): string {
    return join(this.#folder, `${traceId}.jsonl`);
  }
}

function toRecord(
  span: ReadableSpan,
  { service, worker }: Pick<Process, "service" | "worker">,
): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  const record = {
    traceId,
    spanId,
    parentId: span.parentSpanContext?.spanId ?? null,
    service: `depthmesh-${service}`,
    worker,
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

const TRACE_ID = /^[0-9a-f]{32}$/;

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

const MS_PER_HOUR = 3_600_000;

/**
 * Removes old trace files from `folder` now and every hour, until the returned function is called.
 */
export function keepCleared(
  folder: string,
  keepHours: number,
  onError: (error: unknown) => void,
): () => void {
  const clear = () => {
    clearTraces(folder, Date.now() - keepHours * MS_PER_HOUR).catch(onError);
  };
  clear();
  const timer = setInterval(clear, MS_PER_HOUR).unref();
  return () => clearInterval(timer);
}

/** `<trace id>.jsonl`. Other files in the folder stay. */
const TRACE_FILE = /^[0-9a-f]{32}\.jsonl$/;

/**
 * Removes the trace files of `folder` that nobody has written to since `beforeMs` (Unix
 * milliseconds). Several processes may do so at once. Throws the first failure after it has tried
 * all files.
 */
export async function clearTraces(folder: string, beforeMs: number): Promise<void> {
  const failures: unknown[] = [];
  for (const name of await readdir(folder)) {
    if (!TRACE_FILE.test(name)) continue;
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (!facts || facts.mtimeMs >= beforeMs) continue;
    await rm(path, { force: true }).catch((error) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/** OpenTelemetry's [seconds, nanoseconds] as milliseconds with fractions. */
function hrTimeToMilliseconds([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1e3 + nanos / 1e6;
}

/** GetJobTrace: what every process of the mesh has done for a job. */

import { abortable } from "../../../kit/async/abort.js";
import { Semaphore } from "../../../kit/async/semaphore.js";
import type { CallContext } from "../../../kit/rpc/call.js";
import {
  type GetJobTraceRequest,
  type JobTrace,
  TraceSpan,
} from "../../../proto/gen/depthmesh/v1/job_service.js";
import { spanIn, toWireSpan } from "../../../wire/trace.js";
import type { GatewayContext } from "../context.js";
import { workerName } from "../fleet/ask-fleet.js";
import { type FoundTrace, readTraces } from "../fleet/read-traces.js";
import { readRecord } from "./jobs.js";

/** What an answer holds: far more than a job has, and less than a message of gRPC can. */
export interface TraceLimits {
  readonly spans: number;
  readonly bytes: number;
}

const LIMITS: TraceLimits = { spans: 4_000, bytes: 3 * 1024 * 1024 };
/** Each asks every process of the mesh. */
const AT_ONCE = { running: 4, waiting: 60 };

/** What of the gateway traces need. */
export type TraceContext = Pick<GatewayContext, "store" | "worker"> & {
  readonly fleet: Pick<GatewayContext["fleet"], "live">;
  readonly config: Pick<GatewayContext["config"], "traceFolder">;
};

export class JobTraces {
  readonly #context: TraceContext;
  readonly #semaphore = new Semaphore("traces that are collected", AT_ONCE);
  /** By trace id: those who look at the same job wait for one answer. */
  readonly #running = new Map<string, Promise<FoundTrace>>();

  constructor(context: TraceContext) {
    this.#context = context;
  }

  /** Throws JOB_NOT_FOUND, also for another tenant's job, and RATE_LIMITED. */
  async get({ name }: GetJobTraceRequest, { identity, signal }: CallContext): Promise<JobTrace> {
    const { id, traceId } = await readRecord(this.#context, name, identity);
    const found = await abortable(this.#running.get(traceId) ?? this.#read(traceId), signal);
    const seesProcesses = identity.roles.has("operator");
    const { missing } = found;
    return {
      ...{ name: `jobs/${id}`, traceId, ...spansIn(found, traceId, seesProcesses) },
      missingWorkers: seesProcesses
        ? missing.map(({ worker }) => workerName(worker)).sort()
        : [...new Set(missing.map(({ service }) => service))].sort(),
    };
  }

  #read(traceId: string): Promise<FoundTrace> {
    const { fleet, worker, config } = this.#context;
    const others = [...fleet.live.values()].filter((facts) => facts.worker !== worker);
    const reading = this.#semaphore
      .pass(() => readTraces(config.traceFolder, others, traceId))
      .finally(() => this.#running.delete(traceId));
    this.#running.set(traceId, reading);
    return reading;
  }
}

/** The spans by their start, as many as fit. A name of a process has that of its host. */
export function spansIn(
  { lines, truncated }: Pick<FoundTrace, "lines" | "truncated">,
  traceId: string,
  withWorkers: boolean,
  limits = LIMITS,
): Pick<JobTrace, "spans" | "truncated"> {
  const known = new Map(
    [...lines].flatMap((line) => {
      const span = spanIn(line, traceId);
      return span ? [[span.spanId, span] as const] : [];
    }),
  );
  const records = [...known.values()].sort(
    // Of two that begin in the same millisecond, the longer one holds the other.
    (a, b) => a.startMs - b.startMs || b.durationMs - a.durationMs,
  );
  const zeroMs = records[0]?.startMs ?? 0;
  const spans: TraceSpan[] = [];
  let bytes = 0;
  for (const record of records) {
    const span = toWireSpan(withWorkers ? record : { ...record, worker: "" }, zeroMs);
    // With the tag and the length that it has in the answer.
    bytes += TraceSpan.encode(span).finish().length + 8;
    if (spans.length === limits.spans || bytes > limits.bytes) return { spans, truncated: true };
    spans.push(span);
  }
  return { spans, truncated };
}

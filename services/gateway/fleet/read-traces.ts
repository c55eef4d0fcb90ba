/**
 * The spans of a trace from all processes of the mesh, each of which has its own folder of them.
 */
import type { ProcessFacts } from "../../../kit/process/self.js";
import { callUnary } from "../../../kit/rpc/client.js";
import { readStoredTrace, traceHash } from "../../../kit/telemetry/stored-trace.js";
import type { ReadTraceResponse } from "../../../proto/gen/depthmesh/stage/v1/worker_service.js";
import { withWorkerClient } from "./ask-fleet.js";

/** Whoever waits for a trace looks at a page: a process that hangs must not keep it. */
const ANSWER_MS = 2_000;

export interface FoundTrace {
  /** The lines of all trace files, each once, in no order. */
  readonly lines: ReadonlySet<string>;
  /** Some process has more lines. */
  readonly truncated: boolean;
  /** Processes that did not answer. */
  readonly missing: readonly ProcessFacts[];
}

/** Reads `folder`, and asks `others`, all at once. Never rejects because of one of them. */
export async function readTraces(
  folder: string,
  others: Iterable<ProcessFacts>,
  traceId: string,
): Promise<FoundTrace> {
  const own = await readStoredTrace(folder, traceId);
  // Processes of one host share a folder, and need not send what is known.
  const request = { traceId, knownSha256: traceHash(own) };
  const asked = await Promise.all(
    [...others].map(async (facts) => ({
      facts,
      answer: await ask(facts, request).catch(() => undefined),
    })),
  );
  const lines = new Set(own.lines);
  for (const { answer } of asked) for (const line of answer?.spans ?? []) lines.add(line);
  return {
    lines,
    truncated: own.truncated || asked.some(({ answer }) => answer?.truncated),
    missing: asked.flatMap(({ facts, answer }) =>
      // Another process may have the address of one that has died.
      answer?.worker === facts.worker ? [] : [facts],
    ),
  };
}

function ask(
  { address }: ProcessFacts,
  request: { readonly traceId: string; readonly knownSha256: Buffer },
): Promise<ReadTraceResponse> {
  return withWorkerClient(address, (client) =>
    callUnary<ReadTraceResponse>(
      (metadata, callback) => client.readTrace(request, metadata, callback),
      AbortSignal.timeout(ANSWER_MS),
    ),
  );
}

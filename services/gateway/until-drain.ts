/** Streams without an end of their own (a watch, a followed video) end when the process drains. */
import { DepthmeshError } from "../../core/errors.js";
import { onAbort } from "../../kit/async/abort.js";
import type { GatewayContext } from "./context.js";

/**
 * The stream of `run` until the call ends or the gateway drains; then it throws DRAINING with the
 * job's name (`jobs/{job}`), because the job goes on and can be watched again. `run` gets a signal
 * that fires with the same error.
 */
export async function* untilDrain<T, R>(
  { draining }: Pick<GatewayContext, "draining">,
  job: string,
  callSignal: AbortSignal,
  run: (signal: AbortSignal) => AsyncGenerator<T, R>,
): AsyncGenerator<T, R> {
  const stop = new AbortController();
  // Not AbortSignal.any: `draining` lives as long as the process and would keep every signal.
  const stopListening = [
    onAbort(callSignal, () => stop.abort(callSignal.reason)),
    onAbort(draining, () => stop.abort(drainingError(job))),
  ];
  try {
    const result = yield* run(stop.signal);
    stop.signal.throwIfAborted();
    return result;
  } finally {
    for (const end of stopListening) end();
  }
}

function drainingError(job: string): DepthmeshError {
  return new DepthmeshError("DRAINING", `the gateway is shutting down; ${job} goes on`, {
    metadata: { job },
  });
}

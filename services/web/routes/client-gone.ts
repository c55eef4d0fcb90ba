/** Whether the caller still waits for its answer. */
import type { FastifyReply } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";
import { onAbort } from "../../../kit/async/abort.js";

/**
 * Fires when the connection ends before the answer has been written, and when `closing` does: then
 * an answer without an end of its own must end.
 */
export function goneSignal({ raw }: Pick<FastifyReply, "raw">, closing?: AbortSignal): AbortSignal {
  const gone = new AbortController();
  const stopListening = onAbort(closing, () => gone.abort(closing?.reason));
  const tell = () => {
    stopListening();
    if (raw.writableFinished) return;
    gone.abort(new DepthmeshError("JOB_CANCELLED", "the caller has gone"));
  };
  if (raw.closed) tell();
  else raw.once("close", tell);
  return gone.signal;
}

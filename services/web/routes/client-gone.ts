/** Whether the caller still waits for its answer. */
import type { FastifyReply } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";

/** Fires when the connection ends before the answer has been written. */
export function goneSignal({ raw }: Pick<FastifyReply, "raw">): AbortSignal {
  const gone = new AbortController();
  const tell = () => {
    if (raw.writableFinished) return;
    gone.abort(new DepthmeshError("JOB_CANCELLED", "the caller has gone"));
  };
  if (raw.closed) tell();
  else raw.once("close", tell);
  return gone.signal;
}

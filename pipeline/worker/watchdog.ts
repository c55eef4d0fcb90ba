/**
 * Time limits for the work on a stage: an attempt that takes too long is aborted, and a process
 * whose work does not return soon after an abort is ended, so that its supervisor starts another.
 */
import { DepthmeshError } from "../../core/errors.js";
import { onAbort } from "../../kit/async/abort.js";
import type { StageLease } from "./lease.js";

/**
 * Work that has not returned for this long after its abort waits for something that will not come.
 */
const UNWIND_MS = 10_000;

export interface WatchdogLimits {
  /** Time limit for one attempt of a stage. */
  readonly stageDeadlineMs: number;
  /** Time limit for the work to return after its abort; default 10 s. */
  readonly unwindMs?: number;
  /** Ends the process, so that its supervisor starts another one. */
  readonly die: (why: Error) => void;
}

/** Watches the work under a lease until the returned function is called. */
export function watchWork(
  lease: Pick<StageLease, "signal" | "abort">,
  { stageDeadlineMs, unwindMs = UNWIND_MS, die }: WatchdogLimits,
): () => void {
  const tooLong = () => stalled(`the stage took more than ${stageDeadlineMs} ms`, stageDeadlineMs);
  const hung = () => stalled(`the work has not ended ${unwindMs} ms after its abort`, unwindMs);
  const deadline = setTimeout(() => lease.abort(tooLong()), stageDeadlineMs);
  let unwinding: NodeJS.Timeout | undefined;
  const stopListening = onAbort(lease.signal, () => {
    unwinding = setTimeout(() => die(hung()), unwindMs);
  });
  return () => {
    clearTimeout(deadline);
    clearTimeout(unwinding);
    stopListening();
  };
}

function stalled(message: string, limitMs: number): DepthmeshError {
  return new DepthmeshError("STAGE_STALLED", message, { metadata: { limit_ms: String(limitMs) } });
}

/** Bounds the handling of an order: the whole stage by a deadline, and the end of work that was given up by another. */
import { DepthmeshError } from "../../core/errors.js";
import type { StageLease } from "./lease.js";

/** Work that goes on for this long after its lease was aborted waits for something that will not come. */
const UNWIND_MS = 10_000;

export interface WatchdogLimits {
  /** For one attempt of a stage. */
  readonly stageDeadlineMs: number;
  /** For work to return after its abort; 10 s where it is not given. */
  readonly unwindMs?: number;
  /** Ends the process, so that its supervisor starts another. */
  readonly die: (why: Error) => void;
}

/** Watch the work under a lease until the function that comes back is called. */
export function watchWork(
  lease: Pick<StageLease, "signal" | "abort">,
  { stageDeadlineMs, unwindMs = UNWIND_MS, die }: WatchdogLimits,
): () => void {
  const tooLong = () => stalled(`the stage took more than ${stageDeadlineMs} ms`, stageDeadlineMs);
  const hung = () => stalled(`work goes on ${unwindMs} ms after it was given up`, unwindMs);
  const deadline = setTimeout(() => lease.abort(tooLong()), stageDeadlineMs);
  let unwinding: NodeJS.Timeout | undefined;
  const unwind = () => {
    unwinding = setTimeout(() => die(hung()), unwindMs);
  };
  if (lease.signal.aborted) unwind();
  else lease.signal.addEventListener("abort", unwind, { once: true });
  return () => {
    clearTimeout(deadline);
    clearTimeout(unwinding);
    lease.signal.removeEventListener("abort", unwind);
  };
}

function stalled(message: string, limitMs: number): DepthmeshError {
  return new DepthmeshError("STAGE_STALLED", message, { metadata: { limit_ms: String(limitMs) } });
}

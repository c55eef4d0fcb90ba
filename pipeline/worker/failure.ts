/** What a failure of a stage means for its job: given up, tried again at its own cost, or put off at nobody's. */
import type { JsMsg } from "nats";
import { DepthmeshError, type Reason, toDepthmeshError } from "../../core/errors.js";
import { retryDelayMs } from "../../kit/async/delay.js";
import type { Log } from "../../kit/log.js";
import type { Bus } from "../../kit/nats/connect.js";
import { POISON_LIMIT } from "../record/acquire.js";
import { isTerminal, type JobRecord } from "../record/record.js";
import type { Stage } from "../stages.js";
import { publishDeadLetter } from "./dead-letters.js";
import type { StageLease } from "./lease.js";

export type FailureKind =
  /** Trying again changes nothing: the job ends with this reason. */
  | "permanent"
  /** Tried again a few times: it may be the job that does this. */
  | "own"
  /** A part of the mesh is away or full: it waits until that is mended, however long. */
  | "mesh"
  /** Another worker of the stage can do it, soon. */
  | "elsewhere"
  /** The job has ended or is forgotten: there is nothing left to do. */
  | "ended"
  /** Another worker has the stage: nothing of this attempt counts. */
  | "lost"
  /** The worker is going: another one takes the stage at once. */
  | "draining"
  /** Encode's frames are gone: render, or its redelivery, makes the next order (rule 8). */
  | "source";

const KINDS: Readonly<Partial<Record<Reason, FailureKind>>> = {
  POISONED: "permanent",
  BUS_UNAVAILABLE: "mesh",
  SERVICE_UNAVAILABLE: "mesh",
  STORAGE_FULL: "mesh",
  RATE_LIMITED: "mesh",
  CODEC_ELSEWHERE: "elsewhere",
  QUEUE_FULL: "mesh",
  LEASE_LOST: "lost",
  // Only who holds the stage's lease may pull, so the newer pull is the new holder's.
  PULL_SUPERSEDED: "lost",
  DRAINING: "draining",
  FRAME_SOURCE_LOST: "source",
};

export interface Failure {
  readonly kind: FailureKind;
  readonly error: DepthmeshError;
}

/** What ended a stage's work: `thrown`, or where the work was aborted, what aborted it. */
export function failureOf(thrown: unknown, aborted: AbortSignal): Failure {
  // What work throws after an abort is only its echo.
  const error = toDepthmeshError(aborted.aborted ? aborted.reason : thrown);
  // A call that was cut from the other side, as a gateway that goes does: nobody has cancelled the job.
  if (error.reason === "JOB_CANCELLED" && !aborted.aborted) return { kind: "mesh", error };
  if (error.reason === "JOB_CANCELLED" || error.reason === "JOB_NOT_FOUND") {
    return { kind: "ended", error };
  }
  return { kind: KINDS[error.reason] ?? (error.retryable ? "own" : "permanent"), error };
}

export interface SettleOptions {
  readonly bus: Bus;
  readonly log: Log;
  readonly worker: string;
  readonly retryBaseMs: number;
}

/** What is held when work fails. */
export interface HeldOrder {
  readonly message: JsMsg;
  readonly lease: StageLease;
}

/** A lease is always given back before its message is (rule 5). */
export async function settleFailure(
  options: SettleOptions,
  { message, lease }: HeldOrder,
  thrown: unknown,
): Promise<void> {
  const { kind, error } = failureOf(thrown, lease.signal);
  const { job, stage } = lease.order;
  const { reason } = error;
  options.log.warn({ job, stage, reason, kind, err: error.cause ?? error }, "stage not done");
  const delayMs = (tries: number) => retryDelayMs(tries - 1, options.retryBaseMs);
  switch (kind) {
    case "lost":
      // Its message is another worker's by now: an ack would be believed.
      return;
    case "ended":
      return message.ack();
    case "draining": {
      const record = await lease.release({ kind: "handed-back" });
      return isOthers(record, stage) ? undefined : message.nak();
    }
    case "source": {
      const record = await lease.release({ kind: "handed-back" });
      return isOthers(record, stage) ? undefined : message.ack();
    }
    case "permanent":
      return giveUp(options, { message, lease }, error);
    case "elsewhere": {
      const record = await lease.release({ kind: "left-to-others" });
      if (isOthers(record, stage)) return;
      // Not doubled: whichever worker is free next may be the one.
      return isTerminal(record) ? message.ack() : message.nak(delayMs(1));
    }
    case "mesh": {
      const record = await lease.release({ kind: "deferred" });
      if (isOthers(record, stage)) return;
      if (isTerminal(record)) return message.ack();
      return message.nak(delayMs(record.stages[stage].deferrals));
    }
    case "own": {
      const { attempts } = lease.record.stages[stage];
      if (attempts + 1 >= POISON_LIMIT) {
        const words = `the stage failed ${attempts + 1} times, last: ${reason}`;
        const metadata = { ...error.metadata, last_reason: reason };
        const poisoned = new DepthmeshError("POISONED", words, { metadata });
        return giveUp(options, { message, lease }, poisoned);
      }
      const record = await lease.release({ kind: "failed", reason });
      if (isOthers(record, stage)) return;
      if (isTerminal(record)) return message.ack();
      return message.nak(delayMs(record.stages[stage].attempts));
    }
  }
}

/** Whether another worker holds the stage after this one's release: then the message is that one's too, and its ack or nak. */
function isOthers(record: JobRecord, stage: Stage): boolean {
  return !isTerminal(record) && record.stages[stage].lease !== null;
}

/** Dead letter, then state, then ack. A letter without a failed job means that the worker died between, or had lost the stage. */
async function giveUp(
  { bus, worker }: SettleOptions,
  { message: held, lease }: HeldOrder,
  { reason, message, metadata }: DepthmeshError,
): Promise<void> {
  const { job, stage, orderId } = lease.order;
  const { attempts, crashes } = lease.record.stages[stage];
  const error = { reason, message, metadata };
  const facts = { job, stage, orderId, attempts, crashes, worker, atMs: Date.now() };
  await lease.persist(() => publishDeadLetter(bus, { ...facts, ...error }));
  const record = await lease.fail(error);
  if (isTerminal(record)) held.ack();
}

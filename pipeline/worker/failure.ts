/**
 * Handles a failure of the work on a stage. The kind of the failure decides whether the stage is
 * retried, deferred or given up. The lease, the order's message and the job are settled accordingly
 * (rules 5, 6 and 8 in docs/decisions).
 */
import type { JsMsg } from "nats";
import type { Reason } from "../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../core/errors.js";
import { retryDelayMs } from "../../kit/async/delay.js";
import { hashesIn } from "../../kit/blobs/store.js";
import type { Log } from "../../kit/log.js";
import type { Bus } from "../../kit/nats/connect.js";
import { isRefusedForRoom } from "../../kit/process/disk-room.js";
import { POISON_LIMIT } from "../record/acquire.js";
import { holds, isSegment, isTerminal, type JobRecord } from "../record/record.js";
import type { Stage } from "../stages.js";
import { publishDeadLetter } from "./dead-letters.js";
import type { StageLease } from "./lease.js";
import { countGivenUp, countLost, countRetry } from "./stage-metrics.js";

export type FailureKind =
  /** A retry would fail in the same way: the job ends with this reason. */
  | "permanent"
  /** The job may be the cause: retried, and counted towards POISON_LIMIT. */
  | "own"
  /** A part of the mesh is away or full: retried without limit, and not counted against the job. */
  | "mesh"
  /** The disk of this worker ran full during the work: as "mesh", but not without limit. */
  | "out-of-disk"
  /** A file that the stage reads is lost or damaged: `kindOfLoss` decides. */
  | "damaged-input"
  /** Depth is done again, because its file is lost or damaged. */
  | "remade"
  /** This worker lacks an encoder that another worker has: left to that worker. */
  | "left-to-others"
  /** The job has ended or was removed: nothing is left to do. */
  | "ended"
  /** Another worker holds the stage: this attempt has no effect. */
  | "lost"
  /** The worker shuts down: another one takes the stage at once. */
  | "draining"
  /**
   * The renderer of encode's frames is gone. That is not encode's failure (rule 8): render, or the
   * next worker that takes its order, decides the next encode order.
   */
  | "source"
  /**
   * The address of the renderer leads nowhere. Encode hands its order back, as for a lost source.
   * Render, which is alive and reads that in the record, fails: another renderer may have an
   * address that leads somewhere. After POISON_LIMIT of them the job ends with this reason, and not
   * as POISONED, because nothing is wrong with the job.
   */
  | "unreachable";

const KINDS: Readonly<Partial<Record<Reason, FailureKind>>> = {
  POISONED: "permanent",
  BUS_UNAVAILABLE: "mesh",
  SERVICE_UNAVAILABLE: "mesh",
  STORAGE_FULL: "out-of-disk",
  STORAGE_UNAVAILABLE: "mesh",
  BLOB_NOT_FOUND: "damaged-input",
  BLOB_CORRUPT: "damaged-input",
  RATE_LIMITED: "mesh",
  CODEC_ELSEWHERE: "left-to-others",
  QUEUE_FULL: "mesh",
  // Another process of the mesh refuses this one, or the address is that of another port: settings
  // of the mesh are wrong, and no job is to blame.
  CREDENTIALS_MISSING: "mesh",
  CREDENTIALS_INVALID: "mesh",
  CREDENTIALS_EXPIRED: "mesh",
  ROLE_REQUIRED: "mesh",
  METHOD_UNKNOWN: "mesh",
  // Nobody can change such a record, so nothing is left to do.
  JOB_RECORD_UNREADABLE: "ended",
  LEASE_LOST: "lost",
  // Only the holder of the stage's lease may pull frames, so a newer pull is a new holder's.
  PULL_SUPERSEDED: "lost",
  DRAINING: "draining",
  FRAME_SOURCE_LOST: "source",
  RENDERER_UNREACHABLE: "unreachable",
};

/**
 * So often in a row a stage may run out of disk: about two minutes of pauses beside the work. The
 * cause may be other jobs, or that this one never fits.
 */
export const MAX_OUT_OF_DISK = 8;

/** How often in a row the stage has run out of disk, the failure of now included. */
export function triesWithoutRoom({ stages }: JobRecord, stage: Stage): number {
  return (stages[stage].outOfDisk ?? 0) + 1;
}

/** Reasons of a job that needs no more work. */
const ENDED: ReadonlySet<Reason> = new Set([
  "JOB_CANCELLED",
  "JOB_NOT_FOUND",
  "JOB_ALREADY_TERMINAL",
]);

export interface Failure {
  readonly kind: FailureKind;
  readonly error: DepthmeshError;
}

/**
 * Classifies what ended the work on a stage: the abort reason if it was aborted, otherwise
 * `thrown`.
 */
export function failureOf(thrown: unknown, aborted: AbortSignal): Failure {
  // What the work throws after an abort is only a consequence of it.
  const error = toDepthmeshError(aborted.aborted ? aborted.reason : thrown);
  // The other side has cancelled a call, as a gateway that shuts down does. Nobody cancelled the
  // job.
  if (error.reason === "JOB_CANCELLED" && !aborted.aborted) return { kind: "mesh", error };
  // The job's own deadline, as against that of a call.
  const isExpired = error.reason === "JOB_DEADLINE_EXCEEDED" && aborted.aborted;
  if (isExpired || ENDED.has(error.reason)) return { kind: "ended", error };
  // Work that was not begun, because the disk had no room before, says nothing about the job.
  if (isRefusedForRoom(error)) return { kind: "mesh", error };
  return { kind: KINDS[error.reason] ?? (error.retryable ? "own" : "permanent"), error };
}

export interface SettleOptions {
  readonly bus: Bus;
  readonly log: Log;
  readonly worker: string;
  readonly retryBaseMs: number;
}

/** What the worker holds while it works on a stage. */
export interface HeldOrder {
  readonly message: JsMsg;
  readonly lease: StageLease;
}

/**
 * Settles the stage and its message. The lease is always given back before the message (rule 5,
 * release).
 */
export async function settleFailure(
  options: SettleOptions,
  { message, lease }: HeldOrder,
  thrown: unknown,
): Promise<void> {
  const { kind: found, error } = failureOf(thrown, lease.signal);
  const { job, stage } = lease.order;
  const { reason } = error;
  const isLoss = found === "damaged-input";
  const kind = isLoss ? kindOfLoss(lease.record, stage, error.metadata.sha256) : found;
  logFailure(options.log, { job, stage, kind }, error);
  const retried = () => countRetry(stage, kind, reason);
  const delayMs = (tries: number) => retryDelayMs(tries - 1, options.retryBaseMs);
  /** The stage is tried again, or the job ends with `atLast`. */
  const countFailure = async (atLast: DepthmeshError) => {
    if (lease.record.stages[stage].attempts + 1 >= POISON_LIMIT) {
      return giveUp(options, { message, lease }, atLast);
    }
    retried();
    const record = await lease.release({ kind: "failed", reason });
    if (isTakenOver(record, stage)) return;
    if (isTerminal(record)) return message.ack();
    return message.nak(delayMs(record.stages[stage].attempts));
  };
  switch (kind) {
    case "lost":
      // The message belongs to another worker now, and NATS would accept an ack from here.
      return countLost(stage);
    case "ended":
      return message.ack();
    case "draining": {
      retried();
      const record = await lease.release({ kind: "handed-back" });
      return isTakenOver(record, stage) ? undefined : message.nak();
    }
    case "source": {
      retried();
      const record = await lease.release({ kind: "handed-back" });
      return isTakenOver(record, stage) ? undefined : message.ack();
    }
    case "unreachable": {
      if (stage !== "encode") return countFailure(error);
      const record = await lease.release({ kind: "unreachable" });
      return isTakenOver(record, stage) ? undefined : message.ack();
    }
    case "permanent":
      return giveUp(options, { message, lease }, error);
    case "left-to-others": {
      retried();
      const record = await lease.release({ kind: "left-to-others" });
      if (isTakenOver(record, stage)) return;
      // The delay does not grow: the next free worker may have the encoder.
      return isTerminal(record) ? message.ack() : message.nak(delayMs(1));
    }
    case "mesh": {
      retried();
      const record = await lease.release({ kind: "deferred" });
      if (isTakenOver(record, stage)) return;
      if (isTerminal(record)) return message.ack();
      return message.nak(delayMs(record.stages[stage].deferrals));
    }
    case "out-of-disk": {
      const tries = triesWithoutRoom(lease.record, stage);
      if (tries >= MAX_OUT_OF_DISK) {
        const words = `the disk ran full ${tries} times in a row while the stage was worked on: give it more room, or make a smaller video`;
        const metadata = { ...error.metadata, tries: String(tries) };
        const full = new DepthmeshError("STORAGE_FULL", words, { metadata });
        return giveUp(options, { message, lease }, full);
      }
      retried();
      const record = await lease.release({ kind: "out-of-disk" });
      if (isTakenOver(record, stage)) return;
      if (isTerminal(record)) return message.ack();
      return message.nak(delayMs(record.stages[stage].deferrals));
    }
    case "remade": {
      const record = await lease.remakeDepth(reason);
      if (holds(record, stage, lease.token)) return giveUp(options, { message, lease }, error);
      retried();
      return isTakenOver(record, stage) ? undefined : message.ack();
    }
    case "own": {
      const failures = lease.record.stages[stage].attempts + 1;
      const words = `the stage failed ${failures} times, the last time with ${reason}`;
      const metadata = { ...error.metadata, last_reason: reason };
      return countFailure(new DepthmeshError("POISONED", words, { metadata }));
    }
  }
}

/** Only a defect has a stack in the log; the cause's own words tell why anything else failed. */
function logFailure(log: Log, facts: object, { reason, message, cause }: DepthmeshError): void {
  if (reason === "INTERNAL") {
    log.error({ ...facts, reason, err: cause ?? message }, "stage failed");
    return;
  }
  const because = cause instanceof Error ? { cause: cause.message } : {};
  log.warn({ ...facts, reason, message, ...because }, "stage failed");
}

/**
 * What follows when a stage cannot read the file `sha256`: one that depth has made for this job is
 * made again, the depth stage finds another way than its cache, and what the caller sent is lost.
 * A segment fails, and its job has depth done again for all of them.
 */
export function kindOfLoss(
  record: JobRecord,
  stage: Stage,
  sha256: string | undefined,
): "remade" | "own" | "permanent" {
  const { specBlob, photoBlob, depthMapBlob, soundBlob, stages } = record;
  const sent = [specBlob, photoBlob, depthMapBlob, soundBlob];
  const isSent = sha256 === undefined || sent.includes(sha256);
  if (isSent || isSegment(record)) return "permanent";
  if (stage === "depth") return "own";
  return hashesIn(JSON.stringify(stages.depth.output)).includes(sha256) ? "remade" : "permanent";
}

/**
 * Whether another worker holds the stage already: then the message is that worker's to ack or nak.
 */
function isTakenOver(record: JobRecord, stage: Stage): boolean {
  return !isTerminal(record) && record.stages[stage].lease !== null;
}

/**
 * Publishes the dead letter, then ends the job, then acks (rule 6). A dead letter of a job that has
 * not failed means that the worker died in between, or had lost the stage.
 */
async function giveUp(
  { bus, worker }: SettleOptions,
  { message: held, lease }: HeldOrder,
  { reason, message, metadata }: DepthmeshError,
): Promise<void> {
  const { job, stage, orderId } = lease.order;
  const { attempts, crashes } = lease.record.stages[stage];
  const error = { reason, message, metadata };
  // Callers know the job of a segment, which fails with it.
  const named = lease.record.segmentOf ?? job;
  const facts = { job: named, stage, orderId, attempts, crashes, worker, atMs: Date.now() };
  await lease.persist(() => publishDeadLetter(bus, { ...facts, ...error }));
  countGivenUp(stage, reason);
  const record = await lease.fail(error);
  if (isTerminal(record)) held.ack();
}

/**
 * For whom a job is made: for the Convert calls whose ids its record holds, or, without the field,
 * for whoever asks for it later. Pure functions. Only a call that the record holds can end the job
 * by leaving, and only the last one does.
 */
import { enterState, isTerminal, type JobRecord } from "./record.js";

/** The job that waits for this Convert call too; undefined if that changes nothing. */
export function joinCall(record: JobRecord, call: string): JobRecord | undefined {
  const { calls } = record;
  if (isTerminal(record) || calls === undefined || calls.includes(call)) return undefined;
  return { ...record, calls: [...calls, call] };
}

/**
 * The job for whoever asks for it later, as CreateJob wants it: no Convert call ends it any more.
 * Undefined if that changes nothing.
 */
export function keepForAll(record: JobRecord): JobRecord | undefined {
  if (isTerminal(record) || record.calls === undefined) return undefined;
  const { calls: _calls, ...kept } = record;
  return kept;
}

/**
 * The job after the client of a Convert call has gone: cancelled if it was made for that call only.
 * Undefined if that changes nothing.
 */
export function leaveCall(record: JobRecord, call: string, nowMs: number): JobRecord | undefined {
  const { calls } = record;
  if (isTerminal(record) || !calls?.includes(call)) return undefined;
  const left = { ...record, calls: calls.filter((other) => other !== call) };
  return left.calls.length > 0 ? left : enterState(left, "CANCELLED", nowMs, "CALLER_GONE");
}

/**
 * Whether the job was cancelled because the client of its Convert call had gone. The same request,
 * sent again, then gets another job.
 */
export function isAbandoned({ state, history }: Pick<JobRecord, "state" | "history">): boolean {
  return state === "CANCELLED" && history.at(-1)?.reason === "CALLER_GONE";
}

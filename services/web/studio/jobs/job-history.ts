/** The states of a job over time, from the entries of its history. */
import type {
  JobEventJson,
  JobJson,
  JobStateJson,
} from "../../../../proto/gen/json/depthmesh/v1/job_pb.js";
import { isRunning } from "./job-state.js";

export interface HistoryEntry {
  readonly number: number;
  readonly state: JobStateJson;
  /** RFC 3339 */
  readonly time: string;
  /** A name of ErrorReason; empty without an error. */
  readonly reason: string;
  /** The job was in this state already: another worker has taken the stage over. */
  readonly isAgain: boolean;
  /** Until the next entry, or until now; zero for the end of the job. */
  readonly lastsMs: number;
  /** Share of the job's whole time, 0 to 1. */
  readonly share: number;
}

/** `nowMs` is Unix time in milliseconds. Progress and heartbeats are no entries. */
export function historyOf(events: readonly JobEventJson[], nowMs: number): HistoryEntry[] {
  const entries = events.flatMap(({ number = 0, time = "", stateChange }) =>
    stateChange?.state ? [{ number, time, ...stateChange, state: stateChange.state }] : [],
  );
  const first = Date.parse(entries[0]?.time ?? "");
  const last = entries.at(-1);
  const end =
    last && isRunning(last) ? Math.max(nowMs, Date.parse(last.time)) : Date.parse(last?.time ?? "");
  const whole = Math.max(1, end - first);
  return entries.map(({ number, state, time, reason = "" }, i) => {
    const next = entries[i + 1];
    const lastsMs = Math.max(0, (next ? Date.parse(next.time) : end) - Date.parse(time));
    const isAgain = entries[i - 1]?.state === state;
    return { number, state, time, reason, isAgain, lastsMs, share: lastsMs / whole };
  });
}

/** Adds an event to those that are known; one that is known already changes nothing. */
export function withEntry(
  events: readonly JobEventJson[],
  event: JobEventJson,
): readonly JobEventJson[] {
  if (!event.stateChange || events.some(({ number }) => number === event.number)) return events;
  return [...events, event].sort((a, b) => (a.number ?? 0) - (b.number ?? 0));
}

/** Whether a refreshed job has entries that are not known yet. */
export function lacksEntries(events: readonly JobEventJson[], { lastEvent = 0 }: JobJson): boolean {
  return (events.at(-1)?.number ?? 0) < lastEvent;
}

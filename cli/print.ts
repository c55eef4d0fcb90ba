/** What the commands print about jobs: one line per job, event and note. */
import { readSettings } from "../kit/config.js";
import { MODEL_SETTINGS, openRegistry } from "../models/registry.js";
import { type Job, type JobEvent, JobState, type Note } from "../proto/gen/depthmesh/v1/job.js";
import { betterModelText } from "./better-model.js";
import { queueText } from "./progress.js";

/** Prints a line on standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Help of `--json`. */
export const JSON_HELP = "print JSON (docs/json.md)";

/**
 * Prints a value as indented JSON, without the bytes that decoded messages keep for their own use.
 */
export function printJson(value: unknown): void {
  print(jsonText(value));
}

export function jsonText(value: unknown): string {
  return JSON.stringify(value, (key, inner) => (key === "_unknownFields" ? undefined : inner), 2);
}

const STATE_NAMES = new Map<JobState, string>(
  Object.entries(JobState).map(([name, value]) => [value, name.replace("JOB_STATE_", "")]),
);

export function stateName(state: JobState): string {
  return STATE_NAMES.get(state) ?? "?";
}

/** The states of a job as the user writes them: `queued`, `failed`. */
export const STATE_WORDS: readonly string[] = Object.keys(JobState)
  .filter((name) => name.startsWith("JOB_STATE_") && name !== "JOB_STATE_UNSPECIFIED")
  .map((name) => name.replace("JOB_STATE_", "").toLowerCase());

/** The state of one of STATE_WORDS. */
export function stateOf(word: string): JobState {
  const found = [...STATE_NAMES].find(([, name]) => name === word.toUpperCase());
  return found?.[0] ?? JobState.JOB_STATE_UNSPECIFIED;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 100)} %`;
}

export function eventLine({ number, time, kind }: JobEvent): string {
  const at = `${time?.toISOString() ?? ""} ${String(number).padStart(3)}`;
  switch (kind?.$case) {
    case "stateChange": {
      const { state, reason } = kind.value;
      return `${at} ${stateName(state)}${reason && ` ${reason}`}`;
    }
    case "progress": {
      const { depth, render, encode } = kind.value;
      return `${at} depth ${percent(depth)}, render ${percent(render)}, encode ${percent(encode)}${queueText(kind.value)}`;
    }
    default:
      return `${at} …`;
  }
}

/** A note says how a result differs from what was requested: its code, meaning and details. */
export function noteText({ code, message, metadata }: Note): string {
  const details = Object.entries(metadata).map(([key, value]) => `${key} ${value}`);
  return `${code}: ${message}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
}

/** Names a better depth model on standard error if the built-in one made the maps of these jobs. */
export function showBetterModel(jobs: readonly Job[]): void {
  const text = betterModelText(jobs, openRegistry(readSettings(MODEL_SETTINGS)));
  if (text !== undefined) process.stderr.write(`${text}\n`);
}

/** Prints the notes of a job on standard error, one per line. */
export function showNotes({ notes }: Job): void {
  for (const note of notes) process.stderr.write(`note: ${noteText(note)}\n`);
}

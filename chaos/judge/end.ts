/**
 * Checks the end of a job: it has ended exactly once, as its faults allow, with matching events.
 */

import { POISON_LIMIT } from "../../pipeline/record/acquire.js";
import { isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import type { JobPlan } from "../plan/job.js";
import type { AppliedFault } from "../strike/context.js";
import type { Expectation, JobEventSeen } from "./evidence.js";

/** Returns each violation as a sentence. */
export function checkEnd(record: JobRecord, expected: Expectation): string[] {
  return [
    ...endsOnce(record),
    ...numbersWithoutGaps(record),
    ...oneResultOrOneReason(record),
    ...asExpected(record, expected),
  ];
}

function endsOnce(record: JobRecord): string[] {
  const ends = record.history.filter(isTerminal);
  if (!isTerminal(record)) return [`the job is ${record.state} and makes no progress`];
  if (ends.length !== 1) return [`the history has ${ends.length} final states`];
  const last = record.history.at(-1);
  if (last?.state !== record.state) return [`${record.state}, but its history ends ${last?.state}`];
  return [];
}

/** A history at its size limit keeps its first entry and the newest ones. */
function numbersWithoutGaps({ history }: JobRecord): string[] {
  const numbers = history.map(({ number }) => number);
  const gaps = numbers.slice(2).filter((number, i) => number !== (numbers[i + 1] ?? 0) + 1);
  return numbers[0] === 1 && gaps.length === 0 ? [] : [`the history is numbered ${numbers}`];
}

function oneResultOrOneReason(record: JobRecord): string[] {
  const { state, error, artifacts } = record;
  const names = artifacts.map(({ name }) => name);
  const wrong: string[] = [];
  if (new Set(names).size < names.length) wrong.push(`artifacts are listed twice: ${names}`);
  if (state === "SUCCEEDED") {
    if (names.length === 0) wrong.push("succeeded without a result");
    if (error) wrong.push(`succeeded with the error ${error.reason}`);
    if (!record.stages[record.lastStage].done) wrong.push("succeeded without its last stage");
  }
  if (state === "FAILED" && !error) wrong.push("failed without a reason");
  return wrong;
}

function asExpected(record: JobRecord, expected: Expectation): string[] {
  const { state, error } = record;
  const reason = error?.reason ?? "";
  if (expected.mustBeCancelled && state !== "CANCELLED") {
    return [`the cancel was confirmed, but the job is ${state}`];
  }
  if (state === "SUCCEEDED") {
    return expected.mustFail
      ? [`succeeded, but should have failed with ${expected.mayFailWith}`]
      : [];
  }
  if (state === "CANCELLED") return expected.mustBeCancelled ? [] : ["cancelled without a request"];
  if (state !== "FAILED") return [`ended as ${state}`];
  if (!expected.mayFailWith.includes(reason)) {
    return [`failed with ${reason}: ${error?.message}; no fault explains it`];
  }
  return reason === "POISONED" ? poisonIsCounted(record) : [];
}

function poisonIsCounted({ stages }: JobRecord): string[] {
  const counts = Object.values(stages).map(({ attempts, crashes }) => Math.max(attempts, crashes));
  const most = Math.max(...counts);
  return most >= POISON_LIMIT ? [] : [`poisoned after ${most} failures of a stage`];
}

/** Every history entry has exactly one event, and there are no other events. */
export function checkEvents(record: JobRecord, events: readonly JobEventSeen[]): string[] {
  const numbers = events.map(({ number }) => number);
  if (new Set(numbers).size < numbers.length) return [`events were published twice: ${numbers}`];
  const wrong = events.flatMap(({ number, state }) => {
    const entry = record.history.find((candidate) => candidate.number === number);
    // An entry that the history has dropped to make room cannot be compared.
    if (!entry && number < (record.history[1]?.number ?? 2)) return [];
    return entry?.state === state ? [] : [`event ${number} says ${state}, not ${entry?.state}`];
  });
  const missing = record.history.filter(({ number }) => !numbers.includes(number));
  if (missing.length > 0) {
    wrong.push(`history entries ${missing.map(({ number }) => number)} have no event`);
  }
  return wrong;
}

/**
 * `cancelled`: the mesh confirmed a cancel. A poison fault is always for the first job of a run.
 */
export function expectationOf(
  plan: JobPlan,
  index: number,
  faults: readonly AppliedFault[],
  cancelled: boolean,
): Expectation {
  const poison = index === 0 && faults.find(({ fault }) => fault.kind === "poison-job");
  const mayFailWith: string[] = [];
  if (plan.isCorrupt) mayFailWith.push("IMAGE_CORRUPT");
  if (poison) mayFailWith.push("POISONED");
  const isDeadly = plan.isCorrupt || (poison && poison.strikes >= POISON_LIMIT);
  return { mayFailWith, mustFail: Boolean(isDeadly), mustBeCancelled: cancelled };
}

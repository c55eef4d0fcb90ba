/** What must hold for a job once all is quiet: it has ended, once, and as its faults allow. */

import { POISON_LIMIT } from "../../pipeline/record/acquire.js";
import { isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import type { JobPlan } from "../plan/job.js";
import type { Applied } from "../strike/arena.js";
import type { Expectation, JobEventSeen } from "./evidence.js";

/** Sentences about what does not hold. */
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
  if (!isTerminal(record)) return [`the job is ${record.state} and goes no further`];
  if (ends.length !== 1) return [`the history has ${ends.length} ends`];
  const last = record.history.at(-1);
  if (last?.state !== record.state) return [`${record.state}, but its history ends ${last?.state}`];
  return [];
}

/** Beyond its limit the history keeps its first entry and the newest ones. */
function numbersWithoutGaps({ history }: JobRecord): string[] {
  const numbers = history.map(({ number }) => number);
  const gaps = numbers.slice(2).filter((number, i) => number !== (numbers[i + 1] ?? 0) + 1);
  return numbers[0] === 1 && gaps.length === 0 ? [] : [`the history is numbered ${numbers}`];
}

function oneResultOrOneReason(record: JobRecord): string[] {
  const { state, error, artifacts } = record;
  const names = artifacts.map(({ name }) => name);
  const wrong: string[] = [];
  if (new Set(names).size < names.length) wrong.push(`artifacts are there twice: ${names}`);
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
    return [`the cancel was answered, but the job is ${state}`];
  }
  if (state === "SUCCEEDED") {
    return expected.mustFail ? [`succeeded, but for ${expected.mayFailWith}`] : [];
  }
  if (state === "CANCELLED") return expected.mustBeCancelled ? [] : ["cancelled by nobody"];
  if (state !== "FAILED") return [`ended as ${state}`];
  if (!expected.mayFailWith.includes(reason)) {
    return [`failed with ${reason}: ${error?.message}; nothing that was done explains it`];
  }
  return reason === "POISONED" ? poisonIsCounted(record) : [];
}

function poisonIsCounted({ stages }: JobRecord): string[] {
  const counts = Object.values(stages).map(({ attempts, crashes }) => Math.max(attempts, crashes));
  const most = Math.max(...counts);
  return most >= POISON_LIMIT ? [] : [`poisoned after ${most} failures of a stage`];
}

/** Every entry of the history is one event, none is told twice, and no other is told. */
export function checkEvents(record: JobRecord, events: readonly JobEventSeen[]): string[] {
  const numbers = events.map(({ number }) => number);
  if (new Set(numbers).size < numbers.length) return [`events were told twice: ${numbers}`];
  const wrong = events.flatMap(({ number, state }) => {
    const entry = record.history.find((each) => each.number === number);
    // One that the history has dropped for room cannot be compared.
    if (!entry && number < (record.history[1]?.number ?? 2)) return [];
    return entry?.state === state ? [] : [`event ${number} says ${state}, not ${entry?.state}`];
  });
  const untold = record.history.filter(({ number }) => !numbers.includes(number));
  if (untold.length > 0) {
    wrong.push(`entries ${untold.map(({ number }) => number)} were told by no event`);
  }
  return wrong;
}

/** `cancelled`: whether a cancel was answered with success. Poison is for the first job of a run. */
export function expectationOf(
  plan: JobPlan,
  index: number,
  faults: readonly Applied[],
  cancelled: boolean,
): Expectation {
  const poison = index === 0 && faults.find(({ fault }) => fault.kind === "poison-job");
  const mayFailWith: string[] = [];
  if (plan.isCorrupt) mayFailWith.push("IMAGE_CORRUPT");
  if (poison) mayFailWith.push("POISONED");
  const isDeadly = plan.isCorrupt || (poison && poison.strikes >= POISON_LIMIT);
  return { mayFailWith, mustFail: Boolean(isDeadly), mustBeCancelled: cancelled };
}

/** Checks each change of a job record against the rules of its life. */

import { isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import { STAGES } from "../../pipeline/stages.js";
import type { Revision } from "./evidence.js";

/** Returns each violation as a sentence. */
export function checkRevisions(revisions: readonly Revision[]): string[] {
  return revisions.slice(1).flatMap((revision, i) => {
    const before = revisions[i]?.record;
    if (!before) return [];
    const where = `revision ${revision.sequence}`;
    return checkStep(before, revision).map((violation) => `${where}: ${violation}`);
  });
}

function checkStep(before: JobRecord, { record, isGapless }: Revision): string[] {
  return [
    ...endIsFinal(before, record),
    ...historyOnlyGrows(before, record),
    ...nothingGoesBack(before, record),
    ...(isGapless ? commitsHeldTheLease(before, record) : []),
  ];
}

function endIsFinal(before: JobRecord, after: JobRecord): string[] {
  if (!isTerminal(before)) return [];
  const changed = (["state", "error", "artifacts", "history", "stages"] as const).filter(
    (field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );
  return changed.map((field) => `${field} changed after the job had ended as ${before.state}`);
}

function historyOnlyGrows(before: JobRecord, after: JobRecord): string[] {
  const last = before.history.at(-1)?.number ?? 0;
  const kept = after.history.filter(({ number }) => number <= last);
  const lost = before.history.length - kept.length;
  // At the size limit the second oldest entry makes room.
  const added = after.history.length - kept.length;
  if (lost > added) return [`the history lost ${lost} entries`];
  const rewritten = kept.some((entry) => !before.history.some((old) => same(old, entry)));
  return rewritten ? ["the history was rewritten"] : [];
}

function nothingGoesBack(before: JobRecord, after: JobRecord): string[] {
  const wrong: string[] = [];
  if (after.generation < before.generation) {
    wrong.push(`generation went from ${before.generation} to ${after.generation}`);
  }
  for (const stage of STAGES) {
    const [from, to] = [before.progress[stage], after.progress[stage]];
    if (to < from) wrong.push(`progress of ${stage} went from ${from} to ${to}`);
    for (const counter of ["attempts", "crashes"] as const) {
      const [had, has] = [before.stages[stage][counter], after.stages[stage][counter]];
      if (has < had) wrong.push(`${counter} of ${stage} went from ${had} to ${has}`);
    }
    if (before.stages[stage].done && !after.stages[stage].done)
      wrong.push(`${stage} is no longer done`);
  }
  return wrong;
}

/** Only the holder of the lease commits a stage; the commit of encode also ends render. */
function commitsHeldTheLease(before: JobRecord, after: JobRecord): string[] {
  const committed = STAGES.filter(
    (stage) => after.stages[stage].done && !before.stages[stage].done,
  );
  return committed.flatMap((stage) => {
    if (stage === "render" && committed.includes("encode")) return [];
    const { doneBy } = after.stages[stage];
    const token = before.stages[stage].lease?.token;
    return doneBy === token ? [] : [`${stage} was committed by ${doneBy}, its lease was ${token}`];
  });
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

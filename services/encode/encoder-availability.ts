/** Whether this worker can make a job's outputs, and if not, who can. */

import { DepthmeshError } from "../../core/errors.js";
import type { EncoderFacts, EncodersByWorker } from "../../core/output/encoder-facts.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { ENCODERS, type EncoderRow } from "./encoders.js";
import { encodersFor, unavailable } from "./plan.js";

/** At one a second and worker, time for a worker that starts beside this one to try its encoders and say so. */
const PATIENT_TIMES = 15;

/**
 * Throws CODEC_ELSEWHERE when another worker can make all of the outputs: the order is for that one. Throws
 * CODEC_UNAVAILABLE when there is none, and the order has been left to others often enough for one to have started.
 */
export function checkMadeHere(
  outputs: readonly OutputSpec[],
  working: readonly EncoderRow[],
  workers: EncodersByWorker,
  leftToOthers: number,
): void {
  const missing = outputs.find((output) => encodersFor(output, working).length === 0);
  if (!missing) return;
  const able = [...workers.values()].some((facts) => canMake(outputs, rowsOf(facts)));
  if (!able && leftToOthers >= PATIENT_TIMES) throw unavailable(missing, working);
  const { codec } = missing;
  throw new DepthmeshError("CODEC_ELSEWHERE", `${codec} is for another worker to make`, {
    metadata: { codec },
  });
}

function canMake(outputs: readonly OutputSpec[], working: readonly EncoderRow[]): boolean {
  return outputs.every((output) => encodersFor(output, working).length > 0);
}

function rowsOf(facts: readonly EncoderFacts[]): readonly EncoderRow[] {
  const names = new Set(facts.filter(({ works }) => works).map(({ name }) => name));
  return ENCODERS.filter(({ name }) => names.has(name));
}

/** The stages on the wire. */

import { STAGES, type Stage } from "../pipeline/nats/subjects.js";
import { JobStage } from "../proto/gen/depthmesh/v1/job.js";
import { EnumWords } from "./enum-words.js";

const STAGE_WORDS = new EnumWords(JobStage, "JOB_STAGE_");

/** Undefined where none was said. Throws PARAMETER_UNKNOWN for a value of a later version. */
export function fromWireStage(value: JobStage, field: string): Stage | undefined {
  const word = STAGE_WORDS.word(value, field);
  return STAGES.find((stage) => stage === word);
}

/** The value of a stage's name; unspecified for none. Throws PARAMETER_UNKNOWN for another word. */
export function toWireStage(word: string | undefined, field: string): JobStage {
  return STAGE_WORDS.number(word, field) as JobStage;
}

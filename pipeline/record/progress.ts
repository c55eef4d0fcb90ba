/** The message with which a worker reports the progress of its stage to whoever watches the job. */
import { z } from "zod";
import { storedJson } from "../../kit/nats/stored-json.js";
import { STAGES } from "../stages.js";

const progressSchema = z.object({
  stage: z.enum(STAGES),
  /** Of the stage, in [0, 1]. */
  fraction: z.number().min(0).max(1),
});
export type StageProgress = z.infer<typeof progressSchema>;

export const progressMessage = (progress: StageProgress) => JSON.stringify(progress);

/** The progress in a message; undefined when it is not a valid one. */
export function progressIn(data: Uint8Array): StageProgress | undefined {
  return storedJson(progressSchema, data);
}

/** What is kept of a job that was given up: in a stream of its own, until somebody looks or it is too old. */
import { z } from "zod";
import { DepthmeshError } from "../../core/errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { deadSubject, STAGES } from "../nats/subjects.js";

const deadLetterSchema = z.object({
  job: z.string(),
  stage: z.enum(STAGES),
  orderId: z.string(),
  reason: z.string(),
  message: z.string(),
  metadata: z.record(z.string(), z.string()),
  /** Of the stage: failures, and workers that went silent over it. */
  attempts: z.number().int(),
  crashes: z.number().int(),
  /** Who gave it up. */
  worker: z.string(),
  atMs: z.number(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** A repeat within the server's memory makes no second letter, and a second one is read as one with the first. Throws BUS_UNAVAILABLE. */
export async function publishDeadLetter(bus: Bus, letter: DeadLetter): Promise<void> {
  const { job, stage, reason } = letter;
  try {
    await bus.jetstream.publish(deadSubject(stage, reason, job), JSON.stringify(letter), {
      msgID: `${job}/dead`,
    });
  } catch (error) {
    throw new DepthmeshError("BUS_UNAVAILABLE", "NATS did not take the dead letter", {
      cause: error,
    });
  }
}

/** The letter in a message's bytes; undefined when it is none of ours. */
export function parseDeadLetter(data: Uint8Array): DeadLetter | undefined {
  try {
    return deadLetterSchema.safeParse(JSON.parse(Buffer.from(data).toString())).data;
  } catch {
    return undefined;
  }
}

/**
 * Dead letters: what is kept about a job that was given up, in the stream DM_DEAD, until an
 * operator has handled it or it expires. Workers write them; the gateway's AdminService finds,
 * reads and removes them.
 */
import { z } from "zod";
import { isNotFound } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { storedJson } from "../../kit/nats/stored-json.js";
import { STAGES } from "../stages.js";
import { DEAD_STREAM, deadSubject } from "../topology/names.js";

const deadLetterSchema = z.object({
  job: z.string(),
  stage: z.enum(STAGES),
  orderId: z.string(),
  reason: z.string(),
  message: z.string(),
  metadata: z.record(z.string(), z.string()),
  /** Failures of the stage, and crashes of workers that held it. */
  attempts: z.number().int(),
  crashes: z.number().int(),
  /** The worker that gave the job up. */
  worker: z.string(),
  atMs: z.number(),
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/**
 * Publishes a dead letter. A repeat within the stream's duplicate window makes no second one;
 * readers see only the latest of a job. Throws BUS_UNAVAILABLE.
 */
export async function publishDeadLetter(bus: Bus, letter: DeadLetter): Promise<void> {
  const { job, stage, reason } = letter;
  await bus.jetstream.publish(deadSubject(stage, reason, job), JSON.stringify(letter), {
    msgID: `${job}/dead`,
  });
}

/** The dead letter in a message; undefined when the message is not a valid one. */
export function parseDeadLetter(data: Uint8Array): DeadLetter | undefined {
  return storedJson(deadLetterSchema, data);
}

/**
 * Finds dead letters by their subjects, without reading the whole stream. Every method throws
 * BUS_UNAVAILABLE.
 */
export class DeadLetterBox {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Ids of the jobs with a dead letter, newest first; only those of `reason`, if it is given. */
  async jobs(reason = "*"): Promise<string[]> {
    const filter = deadSubject("*", reason, "*");
    const info = await this.#bus.manager.streams.info(DEAD_STREAM, { subjects_filter: filter });
    const subjects = Object.keys(info.state.subjects ?? {});
    const ids = new Set(subjects.map((subject) => subject.split(".").at(-1) ?? ""));
    // Ids sort by time of creation.
    return [...ids].sort().reverse();
  }

  /** The latest dead letter of a job. */
  async read(job: string): Promise<DeadLetter | undefined> {
    try {
      const last_by_subj = deadSubject("*", "*", job);
      const { data } = await this.#bus.manager.streams.getMessage(DEAD_STREAM, { last_by_subj });
      return parseDeadLetter(data);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Removes all dead letters of a job; does nothing when there are none. */
  async remove(job: string): Promise<void> {
    const filter = deadSubject("*", "*", job);
    await this.#bus.manager.streams.purge(DEAD_STREAM, { filter });
  }
}

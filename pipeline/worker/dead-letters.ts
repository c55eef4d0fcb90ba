/** What is kept of a job that was given up: in a stream of its own, until somebody looks or it is too old. */
import { z } from "zod";
import { isNotFound } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { STAGES } from "../stages.js";
import { DEAD_STREAM, deadSubject } from "../topology/names.js";

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
  await bus.jetstream.publish(deadSubject(stage, reason, job), JSON.stringify(letter), {
    msgID: `${job}/dead`,
  });
}

/** The letter in a message's bytes; undefined when it is none of ours. */
export function parseDeadLetter(data: Uint8Array): DeadLetter | undefined {
  try {
    return deadLetterSchema.safeParse(JSON.parse(Buffer.from(data).toString())).data;
  } catch {
    return undefined;
  }
}

/** Finds dead letters by their subjects, without reading the stream. */
/** Every method throws BUS_UNAVAILABLE. */
export class DeadLetterBox {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Ids of the jobs with a letter, newest first; of any reason where none is given. */
  async jobs(reason = "*"): Promise<string[]> {
    const filter = deadSubject("*", reason, "*");
    const info = await this.#bus.manager.streams.info(DEAD_STREAM, { subjects_filter: filter });
    const subjects = Object.keys(info.state.subjects ?? {});
    const ids = new Set(subjects.map((subject) => subject.split(".").at(-1) ?? ""));
    // Ids sort by time.
    return [...ids].sort().reverse();
  }

  /** The latest letter of a job. */
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

  /** Remove all letters of a job; none is no error. */
  async remove(job: string): Promise<void> {
    const filter = deadSubject("*", "*", job);
    await this.#bus.manager.streams.purge(DEAD_STREAM, { filter });
  }
}

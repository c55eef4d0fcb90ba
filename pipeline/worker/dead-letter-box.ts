/** The dead letters as a box of one letter a job: found by their subjects, without reading the stream. */

import { DepthmeshError } from "../../core/errors.js";
import { isNotFound } from "../../kit/nats/api-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { DEAD_STREAM, deadSubject } from "../nats/subjects.js";
import { type DeadLetter, parseDeadLetter } from "./dead-letter.js";

/** Every method throws BUS_UNAVAILABLE. */
export class DeadLetterBox {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Ids of the jobs with a letter, newest first; of any reason where none is given. */
  async jobs(reason = "*"): Promise<string[]> {
    const filter = deadSubject("*", reason, "*");
    const info = await answered(() =>
      this.#bus.manager.streams.info(DEAD_STREAM, { subjects_filter: filter }),
    );
    const subjects = Object.keys(info.state.subjects ?? {});
    const ids = new Set(subjects.map((subject) => subject.split(".").at(-1) ?? ""));
    // Ids sort by time.
    return [...ids].sort().reverse();
  }

  /** The latest letter of a job. */
  async read(job: string): Promise<DeadLetter | undefined> {
    return answered(async () => {
      try {
        const last_by_subj = deadSubject("*", "*", job);
        const { data } = await this.#bus.manager.streams.getMessage(DEAD_STREAM, { last_by_subj });
        return parseDeadLetter(data);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    });
  }

  /** Remove all letters of a job; none is no error. */
  async remove(job: string): Promise<void> {
    const filter = deadSubject("*", "*", job);
    await answered(() => this.#bus.manager.streams.purge(DEAD_STREAM, { filter }));
  }
}

async function answered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer", { cause: error });
  }
}

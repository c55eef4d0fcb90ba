/**
 * Job events: makes a message of each history entry of a job, and publishes it to the stream
 * DM_EVENTS, from which programs outside of depthmesh can read it.
 */
import { z } from "zod";
import { isNoMessage, unlessChanged } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { EVENTS_STREAM, eventSubject } from "../topology/names.js";
import { isTerminal, JOB_STATES, type JobError, type JobRecord, type JobState } from "./record.js";

export interface JobEvent {
  readonly job: string;
  readonly tenant: string;
  /** Number of the history entry. */
  readonly number: number;
  readonly atMs: number;
  readonly state: JobState;
  readonly reason: string;
  /** Set in the last event of a job that did not succeed. */
  readonly error?: JobError;
}

/** The events of the history entries after `number`, oldest first. */
export function eventsAfter(record: JobRecord, number: number): JobEvent[] {
  const { id, tenant, error } = record;
  return record.history
    .filter((entry) => entry.number > number)
    .map((entry) => ({
      ...{ job: id, tenant, ...entry },
      ...(error && isTerminal(entry) && { error }),
    }));
}

/**
 * Publishes one event. The server drops a repeat within the stream's duplicate window, unless it
 * was killed meanwhile; the first and the last event of a job are never stored twice, because their
 * subject must be empty. Throws BUS_UNAVAILABLE.
 */
export async function publishEvent(bus: Bus, event: JobEvent): Promise<void> {
  const { job, tenant, number, state } = event;
  const subject = eventSubject(tenant, job, state.toLowerCase());
  const isOnce = isTerminal(event) || number === 1;
  const isFirst = isOnce && { expect: { lastSubjectSequence: 0 } };
  const options = { msgID: `${job}/${number}`, ...isFirst };
  await unlessChanged(() => bus.jetstream.publish(subject, JSON.stringify(event), options));
}

const publishedSchema = z.object({
  number: z.number().int(),
  state: z.enum(JOB_STATES),
  reason: z.string().default(""),
});

/** What is known of a job from its last event. */
export type EndOfJob = Pick<JobEvent, "number" | "state" | "reason">;

/** The last event of a job in the stream; undefined when there is none. Throws BUS_UNAVAILABLE. */
export async function lastEvent(
  bus: Bus,
  { tenant, id }: Pick<JobRecord, "tenant" | "id">,
): Promise<EndOfJob | undefined> {
  const query = { last_by_subj: eventSubject(tenant, id, ">") };
  try {
    const message = await bus.manager.streams.getMessage(EVENTS_STREAM, query);
    return publishedSchema.parse(message.json());
  } catch (error) {
    if (isNoMessage(error)) return undefined;
    throw error;
  }
}

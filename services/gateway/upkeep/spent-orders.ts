/**
 * Orders that were acknowledged and are there again: a nats-server 2.9 that is killed forgets which messages it had removed in its
 * last seconds, while its consumers know their acks and give such a message to nobody. It would fill its lane for ever, and
 * look like an order that waits.
 */
import { NatsError } from "nats";
import type { Bus } from "../../../kit/bus/connect.js";
import {
  LANES,
  type Lane,
  STAGES,
  type Stage,
  workConsumer,
  workStream,
  workSubject,
} from "../../../kit/bus/subjects.js";
import type { Log } from "../../../kit/log.js";

const NO_MESSAGE_FOUND = 10037;

/** Delete what lies at or below the point up to which a lane's consumer has everything acknowledged. */
export async function removeSpentOrders(bus: Bus, log: Log): Promise<void> {
  const lanes = STAGES.flatMap((stage) => LANES.map((lane) => ({ stage, lane })));
  await Promise.all(lanes.map(({ stage, lane }) => removeSpent(bus, log, stage, lane)));
}

async function removeSpent({ manager }: Bus, log: Log, stage: Stage, lane: Lane): Promise<void> {
  const stream = workStream(stage);
  const { ack_floor } = await manager.consumers.info(stream, workConsumer(stage, lane));
  const lastSpent = ack_floor.stream_seq;
  let seq = await nextIn(manager, stream, workSubject(stage, lane), 1);
  while (seq !== undefined && seq <= lastSpent) {
    await manager.streams.deleteMessage(stream, seq, false);
    log.info({ stage, lane, seq }, "an order that was done with is gone again");
    seq = await nextIn(manager, stream, workSubject(stage, lane), seq + 1);
  }
}

/** Sequence of the first message of a subject at or after `seq`; undefined where there is none. */
async function nextIn(
  manager: Bus["manager"],
  stream: string,
  subject: string,
  seq: number,
): Promise<number | undefined> {
  const query = { seq, next_by_subj: subject };
  try {
    return (await manager.streams.getMessage(stream, query)).seq;
  } catch (error) {
    const api = error instanceof NatsError ? error.api_error : undefined;
    if (api?.err_code === NO_MESSAGE_FOUND || api?.code === 404) return undefined;
    throw error;
  }
}

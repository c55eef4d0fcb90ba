/** The orders of jobs that wait in NATS for a worker. */
import { isNoMessage } from "../../kit/nats/bus-errors.js";
import type { Bus } from "../../kit/nats/connect.js";

/** The sequence of the job's order in this stream of work; undefined if it has none there. */
export async function orderOf(
  { manager }: Bus,
  stream: string,
  job: string,
): Promise<number | undefined> {
  const { state } = await manager.streams.info(stream);
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    try {
      const message = await manager.streams.getMessage(stream, { seq });
      if (message.json<{ job: string }>().job === job) return seq;
    } catch (error) {
      if (!isNoMessage(error)) throw error;
    }
  }
}

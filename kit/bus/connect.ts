/** The connection to NATS and what hangs on it. */
import { connect, type JetStreamClient, type JetStreamManager, type NatsConnection } from "nats";
import type { Log } from "../log.js";

/** A publish that is not acknowledged within this time counts as failed and is safe to repeat. */
const PUBLISH_TIMEOUT_MS = 1_500;

export interface Bus {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  close(): Promise<void>;
}

/** Connect and keep reconnecting for ever; the first connection is waited for too. */
export async function connectBus(url: string, name: string, log: Log): Promise<Bus> {
  const connection = await connect({
    servers: url,
    name,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    // A stack for each request that may fail one day took a sixth of a busy worker's time; errors keep their reasons.
    noAsyncTraces: true,
  });
  void logStatus(connection, log);
  const jetstream = connection.jetstream({ timeout: PUBLISH_TIMEOUT_MS });
  const manager = await connection.jetstreamManager({ timeout: 5_000 });
  return { connection, jetstream, manager, close: () => connection.drain() };
}

async function logStatus(connection: NatsConnection, log: Log): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "disconnect" || type === "reconnect") log.warn({ status: type }, "bus");
  }
}

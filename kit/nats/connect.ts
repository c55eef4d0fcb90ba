/** The connection to NATS and what hangs on it. */
import { connect, type JetStreamClient, type JetStreamManager, type NatsConnection } from "nats";
import type { Log } from "../log.js";
import { translateErrors } from "./bus-errors.js";
import { ConnectionState } from "./connection-state.js";

/** A publish that is not acknowledged within this time counts as failed and is safe to repeat. */
const PUBLISH_TIMEOUT_MS = 1_500;
/** A server that is silent for three of these is taken for gone, also where no connection was closed. */
const PING_INTERVAL_MS = 5_000;

/** Where the answers to a user's requests go; deploy/nats-users.conf lets nobody else listen there. */
export const inboxPrefix = (user: string) => `_INBOX_${user}`;

export interface Bus {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly connectionState: ConnectionState;
  readonly log: Log;
  close(): Promise<void>;
}

/**
 * Connect and keep reconnecting for ever; the first connection is waited for too. User and password are those of the
 * URL; where the server refuses them this rejects. A request that is made while the server is away, or waits for an answer when it goes, is rejected at once.
 */
export async function connectBus(url: string, name: string, log: Log): Promise<Bus> {
  const { server, user, password } = parseUrl(url);
  const connection = await connect({
    servers: server,
    name,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: PING_INTERVAL_MS,
    // A stack for each request that may fail one day took a sixth of a busy worker's time; errors keep their reasons.
    noAsyncTraces: true,
    ...(user !== "" && { user, pass: password, inboxPrefix: inboxPrefix(user) }),
  });
  const connectionState = new ConnectionState(connection, log);
  // Everything that waits for an answer goes through here: JetStream's publishes, buckets and the API.
  const request = connection.request.bind(connection);
  connection.request = (subject, payload, options) =>
    connectionState.whileUp(() => request(subject, payload, options));
  const jetstream = connection.jetstream({ timeout: PUBLISH_TIMEOUT_MS, checkAPI: false });
  const manager = await connection.jetstreamManager({ timeout: 5_000, checkAPI: false });
  const close = () => closeConnection(connection, connectionState);
  return {
    connection: translateErrors(connection),
    jetstream: translateErrors(jetstream),
    manager: translateErrors(manager),
    ...{ connectionState, log, close },
  };
}

/** Draining needs the server. */
async function closeConnection(
  connection: NatsConnection,
  connectionState: ConnectionState,
): Promise<void> {
  if (connectionState.isUp) await connection.drain();
  else await connection.close();
}

/** nats.js takes no user from a URL. */
function parseUrl(url: string): { server: string; user: string; password: string } {
  const { host, username, password } = new URL(url);
  return {
    server: host,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

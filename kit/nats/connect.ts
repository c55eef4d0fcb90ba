/** The connection to NATS, and whether the server can be reached at the moment. */
import {
  ErrorCode,
  Events,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
} from "nats";
import { DepthmeshError } from "../../core/errors.js";
import { Condition } from "../async/condition.js";
import type { Log } from "../log.js";
import { translateErrors } from "./bus-errors.js";
import { type BusCertificates, encryptionOf } from "./encryption.js";
import { firstConnection } from "./first-connection.js";
import { parseServers } from "./servers.js";

/** A publish that is not acknowledged within this time counts as failed. It is safe to repeat. */
const PUBLISH_TIMEOUT_MS = 1_500;
const MANAGER_TIMEOUT_MS = 5_000;
/** A server that misses three pings counts as gone, even if no connection was closed. */
const PING_INTERVAL_MS = 5_000;

/**
 * Prefix of the subjects on which a user receives replies; deploy/nats-users.conf lets no other
 * user listen there.
 */
export const inboxPrefix = (user: string) => `_INBOX_${user}`;

/** Everything that it throws is a DepthmeshError; see bus-errors.ts. */
export interface Bus {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly connectionState: ConnectionState;
  readonly log: Log;
  close(): Promise<void>;
}

/**
 * How long one server may take to answer a new connection, before the next one is tried: one of
 * a cluster may be a machine that is gone.
 */
const CONNECT_TIMEOUT_MS = 4_000;

/**
 * Connects to one of the servers (see servers.ts) and keeps reconnecting forever, to any of them.
 * It waits for the first connection, and says so; see first-connection.ts for when it rejects. A
 * request is rejected at once when the server is away, or goes away before it has answered.
 */
export async function connectBus(
  url: string,
  name: string,
  log: Log,
  files: BusCertificates = {},
  signal?: AbortSignal,
): Promise<Bus> {
  const servers = parseServers(url);
  const { user, password } = servers;
  const encryption = encryptionOf(servers, files);
  const options = {
    name,
    ...(encryption && { tls: encryption }),
    timeout: CONNECT_TIMEOUT_MS,
    // The addresses that a cluster announces may be reachable from its own network only, and need
    // not be the ones that the operator trusts with a password.
    ignoreClusterUpdates: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    pingInterval: PING_INTERVAL_MS,
    // Capturing a stack for each request took a sixth of a busy worker's time. Errors keep their
    // codes.
    noAsyncTraces: true,
    ...(user !== "" && { user, pass: password, inboxPrefix: inboxPrefix(user) }),
  };
  const connection = await firstConnection({ servers, options, log, signal });
  const connectionState = new ConnectionState(connection, log);
  // JetStream publishes, buckets and the management API all send their requests through this
  // method.
  const request = connection.request.bind(connection);
  connection.request = (subject, payload, options) =>
    connectionState.whileUp(() => request(subject, payload, options));
  const jetstream = connection.jetstream({ timeout: PUBLISH_TIMEOUT_MS, checkAPI: false });
  const manager = await connection.jetstreamManager({
    timeout: MANAGER_TIMEOUT_MS,
    checkAPI: false,
  });
  return {
    connection: translateErrors(connection),
    jetstream: translateErrors(jetstream),
    manager: translateErrors(manager),
    connectionState,
    log,
    // Draining needs the server.
    close: () => (connectionState.isUp ? connection.drain() : connection.close()),
  };
}

/**
 * Whether NATS is reachable. Work that needs it now fails at once; work that can wait is woken on
 * its return.
 */
export class ConnectionState {
  #isUp = true;
  /** The requests that wait for an answer, to reject them when the server goes away. */
  readonly #waiting = new Set<(error: NatsError) => void>();
  readonly #returned = new Condition();
  readonly #returnListeners = new Set<() => void>();

  constructor(connection: NatsConnection, log: Log) {
    void this.#follow(connection, log);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Throws BUS_UNAVAILABLE while the server is away. */
  assertUp(): void {
    if (!this.isUp) throw new DepthmeshError("BUS_UNAVAILABLE", "NATS is away");
  }

  /** Calls `listener` at each return of the server. The returned function removes it. */
  onReturn(listener: () => void): () => void {
    this.#returnListeners.add(listener);
    return () => this.#returnListeners.delete(listener);
  }

  /** Resolves when the server is reachable, or when the signal fires. Never rejects. */
  async untilUp(signal: AbortSignal): Promise<void> {
    while (!this.isUp && !signal.aborted) await this.#returned.wait(signal);
  }

  /**
   * The result of `work`. Rejects with nats.js's DISCONNECT error when the server is away, or goes
   * away before `work` has ended.
   */
  async whileUp<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isUp) throw disconnected();
    let lose: (error: NatsError) => void = () => {};
    const lost = new Promise<never>((_resolve, reject) => {
      lose = reject;
    });
    this.#waiting.add(lose);
    try {
      return await Promise.race([work(), lost]);
    } finally {
      this.#waiting.delete(lose);
    }
  }

  async #follow(connection: NatsConnection, log: Log): Promise<void> {
    for await (const { type, data } of connection.status()) {
      if (type === Events.Disconnect) {
        this.#isUp = false;
        log.warn("NATS is away");
        for (const lose of this.#waiting) lose(disconnected());
      } else if (type === Events.Reconnect) {
        this.#isUp = true;
        log.warn("NATS is back");
        this.#returned.notifyAll();
        for (const listener of [...this.#returnListeners]) listener();
      } else if (type === Events.Error) {
        log.warn({ code: data }, "NATS refused an operation");
      }
    }
  }
}

function disconnected(): NatsError {
  return new NatsError("NATS is away", ErrorCode.Disconnect);
}

/** Connections to NATS as each of its users; each may do only what its service may. */
import { connect, type NatsConnection } from "nats";
import { inboxPrefix } from "../../kit/nats/connect.js";
import { parseServers } from "../../kit/nats/servers.js";
import { NATS_USERS, type NatsUser } from "../../launcher/nats-server.js";

const RECONNECT_MS = 50;
/** A server that is frozen is left after three of them. */
const PING_MS = 1_000;

/** The addresses for a user as DEPTHMESH_NATS_URL has them; `only`: of one server of several. */
type UrlFor = (user: NatsUser, only?: number) => string;

export class BusAccess {
  readonly #connections: ReadonlyMap<NatsUser, NatsConnection>;
  /** The gateway's user at each server; what one of them does not answer another one does. */
  readonly atEach: readonly NatsConnection[];

  private constructor(
    connections: ReadonlyMap<NatsUser, NatsConnection>,
    atEach: readonly NatsConnection[],
  ) {
    this.#connections = connections;
    this.atEach = atEach;
  }

  /** `servers`: how many there are. */
  static async open(urlFor: UrlFor, servers = 1): Promise<BusAccess> {
    const opened = NATS_USERS.map(
      async (user) => [user, await connectAs(user, urlFor(user))] as const,
    );
    const indexes = Array.from({ length: servers }, (_, index) => index);
    const atEach = indexes.map((index) => connectAs("gateway", urlFor("gateway", index)));
    return new BusAccess(new Map(await Promise.all(opened)), await Promise.all(atEach));
  }

  as(user: NatsUser): NatsConnection {
    const connection = this.#connections.get(user);
    if (!connection) throw new RangeError(`there is no user ${user}`);
    return connection;
  }

  async close(): Promise<void> {
    const all = [...this.#connections.values(), ...this.atEach];
    await Promise.all(all.map((connection) => connection.close()));
  }
}

function connectAs(user: NatsUser, url: string): Promise<NatsConnection> {
  const { password, addresses } = parseServers(url);
  return connect({
    servers: [...addresses],
    ...{ user, pass: password, inboxPrefix: inboxPrefix(user) },
    name: `chaos-${user}`,
    ignoreClusterUpdates: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: 0,
    pingInterval: PING_MS,
  });
}

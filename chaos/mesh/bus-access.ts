/** Connections to the mesh's NATS as its users: each may do what its service may. */
import { connect, type NatsConnection } from "nats";
import { inboxPrefix } from "../../kit/nats/connect.js";
import type { Mesh } from "../../launcher/mesh.js";
import { NATS_USERS, type NatsUser } from "../../launcher/nats-server.js";

const RECONNECT_MS = 50;

export class BusAccess {
  readonly #connections: ReadonlyMap<NatsUser, NatsConnection>;

  private constructor(connections: ReadonlyMap<NatsUser, NatsConnection>) {
    this.#connections = connections;
  }

  static async open(mesh: Mesh): Promise<BusAccess> {
    const opened = NATS_USERS.map(async (user) => [user, await connectAs(mesh, user)] as const);
    return new BusAccess(new Map(await Promise.all(opened)));
  }

  as(user: NatsUser): NatsConnection {
    const connection = this.#connections.get(user);
    if (!connection) throw new RangeError(`there is no user ${user}`);
    return connection;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((each) => each.close()));
  }
}

function connectAs(mesh: Mesh, user: NatsUser): Promise<NatsConnection> {
  const { host, username, password } = new URL(mesh.natsUrlFor(user));
  return connect({
    servers: host,
    ...{ user: username, pass: password, inboxPrefix: inboxPrefix(user) },
    name: `chaos-${user}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: 0,
  });
}

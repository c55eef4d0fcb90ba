/**
 * A NATS cluster whose servers can be killed, emptied, frozen and cut off from each other. Only one
 * of them is struck at a time, and the next when all three have everything again: two of three are
 * what a cluster needs.
 */
import type { NatsConnection } from "nats";
import { pause } from "../../kit/async/delay.js";
import { eventually } from "../../testing/eventually.js";
import { NatsCluster } from "../../testing/servers/nats-cluster.js";
import type { NodeFault } from "../plan/fault.js";
import { CuttableLink } from "./link.js";

export const NODES = 3;
const WHOLE_WITHIN_MS = 120_000;
const ASK_MS = 2_000;

interface Route {
  readonly from: number;
  readonly to: number;
  readonly link: CuttableLink;
}

export class NatsNodes {
  readonly cluster: NatsCluster;
  readonly #routes: readonly Route[];
  #asking: NatsConnection | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(cluster: NatsCluster, routes: readonly Route[]) {
    this.cluster = cluster;
    this.#routes = routes;
  }

  /** `program`: nats-server; the first one of PATH if it is undefined. */
  static async start(folder: string, program: string | undefined): Promise<NatsNodes> {
    const routes = await openRoutes();
    const cluster = await NatsCluster.start({
      folder,
      ...(program !== undefined && { program }),
      routeThrough: (from, to, port) => {
        const route = routes.find((each) => each.from === from && each.to === to);
        if (!route) throw new RangeError(`there is no route from ${from} to ${to}`);
        route.link.leadTo({ host: "127.0.0.1", port });
        return route.link.port;
      },
    });
    return new NatsNodes(cluster, routes);
  }

  /** A connection of the gateway's user, by which the state of streams is asked. */
  askBy(connection: NatsConnection): void {
    this.#asking = connection;
  }

  /** Resolves when every stream has a leader and two others that have all of it. */
  async untilWhole(): Promise<void> {
    await eventually("every stream has three copies", () => this.#isWhole(), WHOLE_WITHIN_MS);
  }

  /**
   * Strikes a server, and undoes it; `begins` is asked once it is this fault's turn. Resolves with
   * when it was undone, in Unix milliseconds; undefined if it was not to begin.
   */
  async strike(fault: NodeFault, begins: () => boolean): Promise<number | undefined> {
    const before = this.#turn;
    const run = before.then(async () => {
      if (!begins()) return undefined;
      await this.#perform(fault);
      const undoneAtMs = Date.now();
      await this.untilWhole();
      return undoneAtMs;
    });
    this.#turn = run.catch(() => {});
    return run;
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await Promise.all(this.#routes.map(({ link }) => link.close()));
  }

  async #perform({ node, how, holdMs }: NodeFault): Promise<void> {
    const { cluster } = this;
    switch (how) {
      case "kill":
      case "wipe":
        await cluster.kill(node);
        await pause(holdMs);
        if (how === "wipe") await cluster.wipe(node);
        return cluster.startNode(node);
      case "freeze": {
        const pid = cluster.pid(node);
        if (pid === undefined) return;
        process.kill(pid, "SIGSTOP");
        await pause(holdMs);
        process.kill(pid, "SIGCONT");
        return;
      }
      case "cut-off": {
        const cut = this.#routes.filter(({ from, to }) => from === node || to === node);
        for (const { link } of cut) link.stall();
        await pause(holdMs);
        // What was held back is not sent: a cut of this length ends connections.
        for (const { link } of cut) link.reset();
        for (const { link } of cut) link.heal();
      }
    }
  }

  async #isWhole(): Promise<boolean> {
    const connection = this.#asking;
    if (!connection) return false;
    try {
      const manager = await connection.jetstreamManager({ timeout: ASK_MS, checkAPI: false });
      const streams = await manager.streams.list().next();
      return (
        streams.length > 0 &&
        streams.every(({ cluster }) => {
          const others: readonly { current: boolean; offline?: boolean }[] =
            cluster?.replicas ?? [];
          const isThere = others.every((one) => one.current && !one.offline);
          return Boolean(cluster?.leader) && others.length === NODES - 1 && isThere;
        })
      );
    } catch {
      // It has no leader, or does not answer yet.
      return false;
    }
  }
}

/** A link for each ordered pair of servers. */
async function openRoutes(): Promise<Route[]> {
  const indexes = Array.from({ length: NODES }, (_, index) => index);
  const pairs = indexes.flatMap((from) =>
    indexes.filter((to) => to !== from).map((to) => ({ from, to })),
  );
  return Promise.all(pairs.map(async (pair) => ({ ...pair, link: await CuttableLink.open() })));
}

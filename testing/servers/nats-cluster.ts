/**
 * Three real nats-servers that are one cluster, on free loopback ports, with the deployed users.
 */
import type { ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { NatsUser } from "../../launcher/nats-server.js";
import { freePorts } from "../free-ports.js";
import { killNats, startDeployedNats } from "./deployed-nats.js";

const SIZE = 3;
const PASSWORD = "pNoSecretInTests";
/** An address of this machine at which nothing listens. */
const NOBODY = "127.0.0.1:9";

/** Paths of PEM files, for clients and for routes. */
export interface ClusterCertificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface NatsClusterOptions {
  /** Empty; it gets the configurations, the stores and the logs. */
  readonly folder: string;
  readonly certificates?: ClusterCertificates;
  /** What the servers tell their clients to use, besides those that these know. */
  readonly clientAdvertise?: string;
  /** Tags of a server, by which copies are placed. */
  tagsOf?(index: number): readonly string[];
  /** The program; the first nats-server of PATH by default. */
  readonly program?: string;
  /**
   * Gives the port at which server `from` reaches `port`, the routes' port of server `to`: that of
   * a proxy in between. The two connect in no other way.
   */
  readonly routeThrough?: (from: number, to: number, port: number) => number;
}

interface Node {
  readonly name: string;
  readonly tags: readonly string[];
  readonly folder: string;
  readonly port: number;
  readonly routePort: number;
  process: ChildProcess | undefined;
}

export class NatsCluster {
  readonly #options: NatsClusterOptions;
  readonly #nodes: readonly Node[];

  private constructor(options: NatsClusterOptions, nodes: readonly Node[]) {
    this.#options = options;
    this.#nodes = nodes;
  }

  /** Resolves when all listen; JetStream chooses its leader after that. */
  static async start(options: NatsClusterOptions): Promise<NatsCluster> {
    const ports = await freePorts(2 * SIZE);
    const nodes = Array.from({ length: SIZE }, (_, index) => {
      const name = `n${index}`;
      const [port = 0, routePort = 0] = ports.slice(2 * index);
      const tags = options.tagsOf?.(index) ?? [];
      const own = join(options.folder, name);
      return { name, tags, folder: own, port, routePort, process: undefined };
    });
    const cluster = new NatsCluster(options, nodes);
    await Promise.all(nodes.map((_node, index) => cluster.startNode(index)));
    return cluster;
  }

  get size(): number {
    return this.#nodes.length;
  }

  nameOf(index: number): string {
    return this.#node(index).name;
  }

  /** For DEPTHMESH_NATS_URL: all servers, or the `only`-th. */
  urlFor(user: NatsUser, only?: number): string {
    const scheme = this.#options.certificates ? "tls" : "nats";
    const named = only === undefined ? this.#nodes : [this.#node(only)];
    return named.map(({ port }) => `${scheme}://${user}:${PASSWORD}@127.0.0.1:${port}`).join(",");
  }

  /** Undefined while it does not run. */
  pid(index: number): number | undefined {
    const { process } = this.#node(index);
    const isRunning = process && process.exitCode === null && process.signalCode === null;
    return isRunning ? process.pid : undefined;
  }

  /** host:port at which clients reach a server. */
  address(index: number): string {
    return `127.0.0.1:${this.#node(index).port}`;
  }

  /** As a machine that loses its power. */
  async kill(index: number): Promise<void> {
    const { process } = this.#node(index);
    if (process) await killNats(process);
  }

  /** Removes what a server that does not run has stored. */
  async wipe(index: number): Promise<void> {
    await rm(join(this.#node(index).folder, "store"), { recursive: true, force: true });
  }

  /** Resolves when it listens, at the ports that it had. */
  async startNode(index: number): Promise<void> {
    const node = this.#node(index);
    const { server } = await startDeployedNats({
      ...{ folder: node.folder, lines: this.#linesOf(node), program: this.#options.program },
      passwordOf: () => PASSWORD,
    });
    node.process = server;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((_node, index) => this.kill(index)));
  }

  #node(index: number): Node {
    const node = this.#nodes[index];
    if (!node) throw new Error(`the cluster has no server ${index}`);
    return node;
  }

  #routesOf(name: string): readonly number[] {
    const { routeThrough } = this.#options;
    if (!routeThrough) return this.#nodes.map(({ routePort }) => routePort);
    const from = this.#nodes.findIndex((node) => node.name === name);
    return this.#nodes.flatMap(({ routePort }, to) =>
      to === from ? [] : [routeThrough(from, to, routePort)],
    );
  }

  #linesOf({ name, tags, port, routePort }: Node): string[] {
    const { certificates, clientAdvertise, routeThrough } = this.#options;
    const routes = this.#routesOf(name).map((port) => `nats-route://127.0.0.1:${port}`);
    const tls = certificates ? encryption(certificates) : "";
    return [
      `server_name: ${name}`,
      `server_tags: ${JSON.stringify(tags)}`,
      `listen: "127.0.0.1:${port}"`,
      ...(clientAdvertise === undefined ? [] : [`client_advertise: "${clientAdvertise}"`]),
      tls,
      `cluster { name: depthmesh, listen: "127.0.0.1:${routePort}"`,
      `  routes: ${JSON.stringify(routes)}`,
      // Servers tell each other their addresses, which would lead past a proxy.
      ...(routeThrough ? [`  advertise: "${NOBODY}"`] : []),
      tls,
      "}",
    ];
  }
}

function encryption({ ca, cert, key }: ClusterCertificates): string {
  const [ca_file, cert_file, key_file] = [ca, cert, key].map((path) => JSON.stringify(path));
  return `tls { ca_file: ${ca_file}, cert_file: ${cert_file}, key_file: ${key_file}, verify: true }`;
}

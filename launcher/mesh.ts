/**
 * A whole mesh on this machine: nats-server, a gateway, and workers of each stage, all supervised.
 */
import { closeSync, openSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ChildName, ServiceChild } from "./child.js";
import { makeDataFolder } from "./data-folder.js";
import { acquireFolder } from "./folder-lock.js";
import { choosePorts, gatewayPorts, isOneTaken, portSettings } from "./gateway-ports.js";
import { JOIN_FILE, joinFileOf, writeJoinFile } from "./join-file.js";
import { LaunchedAccess } from "./launched-access.js";
import type { MeshOptions } from "./mesh-options.js";
import { lastingSecrets, type MeshSecrets } from "./mesh-secrets.js";
import { MeshServices, type StartOrder } from "./mesh-services.js";
import { chooseMetricsPorts, type MetricsTarget } from "./metrics-ports.js";
import { NatsServer, type NatsUser } from "./nats-server.js";
import { programsOf, requirePrograms } from "./programs.js";
import { stopGraceOf } from "./stop-grace.js";
import { PROBE_EVERY_MS } from "./supervised.js";

/** How often another port is chosen, if the chosen one was taken. */
const PORT_ATTEMPTS = 3;

export class Mesh {
  readonly #logFile: number | undefined;
  readonly #options: MeshOptions;
  readonly #stopGraceMs: number;
  readonly #release: () => void;
  readonly data: string;
  /** Its secret and its certificates. */
  readonly access: LaunchedAccess;
  /** Those of an earlier start; undefined where each start makes new ones. */
  readonly #secrets: MeshSecrets | undefined;
  #nats: NatsServer | undefined;
  #metrics: readonly MetricsTarget[] = [];
  #services: MeshServices | undefined;

  /** Throws for a wrong setting, and where the data folder is in use. */
  private constructor(options: MeshOptions, data: string) {
    this.#options = options;
    this.#stopGraceMs = stopGraceOf(options.environment ?? {});
    this.data = data;
    this.#release = acquireFolder(data);
    this.#secrets = options.listen && lastingSecrets(data);
    this.access = new LaunchedAccess(options.tls, options.environment, this.#secrets?.token);
    this.#logFile =
      options.logs === "file" ? openSync(join(data, "mesh.log"), "a", 0o600) : undefined;
  }

  /**
   * Starts everything and waits until all processes serve. If one part fails, everything is stopped
   * again.
   */
  static async start(options: MeshOptions): Promise<Mesh> {
    const mesh = await Mesh.#started(options, "together");
    try {
      await mesh.serving;
      options.signal?.throwIfAborted();
      return mesh;
    } catch (error) {
      await mesh.stop();
      throw error;
    }
  }

  /**
   * Starts everything and waits for the gateway only, which takes jobs from then on: their orders
   * wait for the workers. `serving` tells when these serve, or why one cannot.
   */
  static open(options: MeshOptions): Promise<Mesh> {
    return Mesh.#started(options, "as needed");
  }

  static async #started(options: MeshOptions, order: StartOrder): Promise<Mesh> {
    const data = resolve(options.data);
    requirePrograms(programsOf(options));
    makeDataFolder(data);
    const mesh = new Mesh(options, data);
    try {
      await mesh.#startAll(order);
      return mesh;
    } catch (error) {
      await mesh.stop();
      throw error;
    }
  }

  /** Resolves when all processes serve. Rejects when one of them cannot start. */
  get serving(): Promise<void> {
    return this.#services?.serving ?? Promise.resolve();
  }

  /** host:port of the gateway, for callers of the API. */
  get address(): string {
    return this.children("gateway")[0]?.address ?? "";
  }

  /** host:port of the gateway's AdminService. */
  get adminAddress(): string {
    return this.children("gateway")[0]?.addressOf("admin") ?? "";
  }

  /** host:port of the gateway's BlobService, for the workers. */
  get internalAddress(): string {
    return this.children("gateway")[0]?.addressOf("internal") ?? "";
  }

  /** The addresses of a port of all gateways, with commas between, as clients take them. */
  addressesOf(port: "grpc" | "admin" | "internal"): string {
    return this.#services?.addressesOf(port) ?? "";
  }

  /** Where the web service answers, such as `http://127.0.0.1:7480`; empty without one. */
  get webAddress(): string {
    return this.children("web")[0]?.addressOf("http") ?? "";
  }

  /** URL of the user `operator`, who may read everything and change nothing: for tools. */
  get natsUrl(): string {
    return this.natsUrlFor("operator");
  }

  natsUrlFor(user: NatsUser): string {
    return this.#nats?.urlFor(user) ?? "";
  }

  /** The embedded server; it is restarted when it dies or hangs. */
  get nats(): Pick<NatsServer, "pid" | "untilServing"> {
    if (!this.#nats) throw new Error("the mesh has not been started");
    return this.#nats;
  }

  get traces(): string {
    return join(this.data, "traces");
  }

  /** Where Prometheus reads the processes; empty where that was not asked for. */
  get metrics(): readonly MetricsTarget[] {
    return this.#metrics;
  }

  /** Lists them, for `file_sd_configs` of Prometheus. */
  get metricsFile(): string {
    return join(this.data, "metrics-targets.json");
  }

  /** host:port of each worker's gRPC server, in the order of the stages. */
  get workers(): { service: string; address: string }[] {
    return (this.#services?.all ?? [])
      .filter(({ service }) => service !== "gateway" && service !== "web")
      .map(({ service, address }) => ({ service, address }));
  }

  /** The processes of one service. */
  children(service: ChildName): readonly ServiceChild[] {
    return this.#services?.of(service) ?? [];
  }

  /**
   * Callers are told first. Then it drains in order: web, encode, render, depth, then the gateway
   * that they push to, then nats-server.
   */
  async stop(): Promise<void> {
    for (const gateway of this.children("gateway")) gateway.endStreams();
    await this.#services?.stop();
    await this.#nats?.stop();
    this.access.close();
    if (this.#logFile !== undefined) closeSync(this.#logFile);
    this.#release();
  }

  async #startAll(order: StartOrder): Promise<void> {
    const { listen, onRestart, sync, signal, probeEveryMs = PROBE_EVERY_MS } = this.#options;
    this.#nats = await NatsServer.start({
      folder: join(this.data, "nats"),
      ...(listen && { host: listen.host, port: listen.natsPort }),
      ...(this.#secrets && { passwords: this.#secrets.nats }),
      ...(sync && { sync }),
      ...(this.access.nats && { certificates: this.access.nats }),
      probeEveryMs,
      ...(onRestart && { onRestart: (restart) => onRestart("nats-server", restart) }),
    });
    signal?.throwIfAborted();
    this.#metrics = await chooseMetricsPorts(this.#options, this.metricsFile);
    const services = new MeshServices(this.#options, {
      ...{ data: this.data, traces: this.traces, access: this.access, metrics: this.#metrics },
      natsUrlFor: (user) => this.natsUrlFor(user),
      ...{ logFile: this.#logFile, stopGraceMs: this.#stopGraceMs },
    });
    this.#services = services;
    await this.#startServices(services, order);
    this.#writeJoinFile();
    signal?.throwIfAborted();
  }

  /** With other ports again, where one of those chosen was taken meanwhile. */
  async #startServices(services: MeshServices, order: StartOrder): Promise<void> {
    const { port, adminPort = 0, listen, signal } = this.#options;
    const wanted = gatewayPorts(
      services.settingsFor("gateway"),
      port,
      adminPort,
      listen?.internalPort,
    );
    for (let attempt = 1; ; attempt++) {
      const ports = await choosePorts(wanted);
      try {
        return await services.start(order, portSettings(ports));
      } catch (error) {
        if (signal?.aborted || attempt === PORT_ATTEMPTS) throw error;
        await services.stop();
        // Unless another program took a chosen port before the gateway did, others are no help.
        if (!(await isOneTaken(ports))) throw error;
        services.forget();
      }
    }
  }

  /** For `depthmesh up --join` on other hosts. */
  #writeJoinFile(): void {
    if (!this.#secrets || !this.#nats) return;
    const nats = { address: this.#nats.address, passwords: this.#secrets.nats };
    const parts = { nats, gateway: this.addressesOf("internal"), token: this.access.token };
    writeJoinFile(this.joinFile, joinFileOf(parts, this.#options.tls));
  }

  /** What other hosts need to join; written where the mesh listens for them. */
  get joinFile(): string {
    return join(this.data, JOIN_FILE);
  }
}

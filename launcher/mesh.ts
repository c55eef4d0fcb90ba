/**
 * A whole mesh on this machine: nats-server, a gateway, and workers of each stage, all supervised.
 */
import { closeSync, openSync } from "node:fs";
import { join, resolve } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { environmentVariable } from "../kit/config.js";
import { type ChildName, ServiceChild, type ServiceName } from "./child.js";
import { makeDataFolder } from "./data-folder.js";
import { acquireFolder } from "./folder-lock.js";
import { addressOfGateway } from "./gateway-address.js";
import {
  choosePorts,
  FREE_PORTS,
  gatewayPorts,
  isOneTaken,
  portSettings,
} from "./gateway-ports.js";
import { JOIN_FILE, joinFileOf, writeJoinFile } from "./join-file.js";
import { LaunchedAccess } from "./launched-access.js";
import { hostsOfListening, hostsOfOneMachine } from "./listening.js";
import type { MeshOptions, Settings } from "./mesh-options.js";
import { lastingSecrets, type MeshSecrets } from "./mesh-secrets.js";
import { chooseMetricsPorts, type MetricsTarget, metricsSettings } from "./metrics-ports.js";
import { NatsServer, type NatsUser } from "./nats-server.js";
import { programsOf, requirePrograms } from "./programs.js";
import { stopGraceOf } from "./stop-grace.js";
import { PROBE_EVERY_MS } from "./supervised.js";

/** How often another port is chosen, if the chosen one was taken. */
const PORT_ATTEMPTS = 3;

/**
 * "as needed": only the gateway and depth, which a job needs first, share the cores at the
 * beginning; render and encode start when the gateway serves, while depth is at work.
 */
type StartOrder = "together" | "as needed";

export class Mesh {
  readonly #children: ServiceChild[] = [];
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
  #serving: Promise<void> = Promise.resolve();

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
    return this.#serving;
  }

  /** host:port of the gateway, for callers of the API. */
  get address(): string {
    return this.#children[0]?.address ?? "";
  }

  /** host:port of the gateway's AdminService. */
  get adminAddress(): string {
    return this.#children[0]?.addressOf("admin") ?? "";
  }

  /** host:port of the gateway's BlobService, for the workers. */
  get internalAddress(): string {
    return this.#children[0]?.addressOf("internal") ?? "";
  }

  /** The addresses of a port of all gateways, with commas between, as clients take them. */
  addressesOf(port: "grpc" | "admin" | "internal"): string {
    return this.children("gateway")
      .map((gateway) => gateway.addressOf(port))
      .join(",");
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
    return this.#children
      .filter(({ service }) => service !== "gateway" && service !== "web")
      .map(({ service, address }) => ({ service, address }));
  }

  /** The processes of one service. */
  children(service: ChildName): readonly ServiceChild[] {
    return this.#children.filter((child) => child.service === service);
  }

  /**
   * Callers are told first. Then it drains in order: web, encode, render, depth, then the gateway
   * that they push to, then nats-server.
   */
  async stop(): Promise<void> {
    for (const gateway of this.children("gateway")) gateway.endStreams();
    await this.#stopServices();
    await this.#nats?.stop();
    this.access.close();
    if (this.#logFile !== undefined) closeSync(this.#logFile);
    this.#release();
  }

  async #stopServices(): Promise<void> {
    for (const service of ["web", "encode", "render", "depth", "gateway"] as const) {
      await Promise.all(this.children(service).map((child) => child.stop(this.#stopGraceMs)));
    }
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
    const { port, adminPort = 0 } = this.#options;
    const wanted = gatewayPorts(
      this.#settingsFor("gateway"),
      port,
      adminPort,
      listen?.internalPort,
    );
    for (let attempt = 1; ; attempt++) {
      const ports = await choosePorts(wanted);
      try {
        return await this.#startServices(order, portSettings(ports));
      } catch (error) {
        if (signal?.aborted || attempt === PORT_ATTEMPTS) throw error;
        await this.#stopServices();
        // Unless another program took a chosen port before the gateway did, others are no help.
        if (!(await isOneTaken(ports))) throw error;
        this.#children.length = 0;
      }
    }
  }

  /**
   * Waits for the gateway. The workers start beside it and wait for its streams. A failure of the
   * gateway comes first, because what is wrong there is often wrong for all.
   */
  async #startServices(order: StartOrder, ports: Settings): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const gateway = this.#child("gateway", {
      ...this.#settingsFor("gateway"),
      ...ports,
    });
    const others = await this.#otherGateways();
    const gatewayServes = this.#start(gateway).then(async () => {
      await Promise.all(others.map((other) => this.#start(other)));
    });
    gatewayServes.catch(() => {});
    const known = [gateway, ...others].map(({ environment }) => addressOfGateway(environment));
    // Without ports that are known beforehand, the workers must wait for them.
    if (known.includes(undefined)) await gatewayServes;
    const address = known.includes(undefined) ? this.addressesOf("internal") : known.join(",");
    const workers = (["depth", "render", "encode"] as const).flatMap((service) =>
      Array.from({ length: this.#options[service] }, () =>
        this.#child(service, { ...this.#settingsFor(service), DEPTHMESH_GATEWAY: address }),
      ),
    );
    const started = workers.map(async (child) => {
      if (order === "as needed" && child.service !== "depth") await gatewayServes;
      await this.#start(child);
    });
    const { webPort } = this.#options;
    const web = webPort === undefined ? [] : [gatewayServes.then(() => this.#startWeb(webPort))];
    this.#serving = Promise.all([...started, ...web]).then(() => {});
    this.#serving.catch(() => {});
    await gatewayServes;
    this.#writeJoinFile();
    signal?.throwIfAborted();
  }

  async #otherGateways(): Promise<ServiceChild[]> {
    const others: ServiceChild[] = [];
    while (others.length < (this.#options.gateways ?? 1) - 1) {
      const settings = this.#settingsFor("gateway");
      const ports = portSettings(await choosePorts(gatewayPorts(settings, 0, 0)));
      others.push(this.#child("gateway", { ...settings, ...ports }));
    }
    return others;
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

  /** A client of the gateway like any other, so that it starts when the gateway serves. */
  async #startWeb(port: number): Promise<void> {
    const gateways = this.children("gateway");
    const local = (port: "grpc" | "admin") =>
      gateways.map((gateway) => gateway.localAddressOf(port)).join(",");
    const child = this.#child("web", {
      ...this.#options.environment,
      ...this.access.settingsForWeb(),
      DEPTHMESH_TRACES: this.traces,
      DEPTHMESH_PORT: String(port),
      DEPTHMESH_GATEWAY: local("grpc"),
      DEPTHMESH_GATEWAY_ADMIN: local("admin"),
    });
    await this.#start(child);
  }

  #settingsFor(service: ServiceName): Settings {
    const { listen, environment = {}, gateways = 1 } = this.#options;
    const isStoreChosen = environmentVariable("DEPTHMESH_BLOB_STORE") !== undefined;
    const hostsFor = listen ? hostsOfListening(listen.host) : hostsOfOneMachine(environment);
    return {
      ...FREE_PORTS,
      DEPTHMESH_NATS_URL: this.natsUrlFor(service),
      DEPTHMESH_BLOBS: join(this.data, "blobs"),
      DEPTHMESH_TRACES: this.traces,
      ...(gateways > 1 && !isStoreChosen && { DEPTHMESH_BLOB_STORE: "nats" }),
      ...hostsFor(service === "gateway" ? "gateway" : "worker"),
      ...environment,
      ...this.access.settingsFor(service === "gateway" ? "gateway" : "worker"),
    };
  }

  #child(service: ChildName, settings: Settings): ServiceChild {
    const { onRestart, environmentFor, folders } = this.#options;
    const { maxRestartDelayMs, probeEveryMs = PROBE_EVERY_MS } = this.#options;
    const index = this.children(service).length;
    const measured = { ...settings, ...metricsSettings(this.#metrics, service, index) };
    const child = new ServiceChild({
      service,
      log: this.#logFile ?? "inherit",
      probeEveryMs,
      access: this.access.mesh,
      environment:
        (service !== "web" && environmentFor?.({ service, index }, measured)) || measured,
      ...(maxRestartDelayMs !== undefined && { maxRestartDelayMs }),
      ...(folders?.[service] !== undefined && { folder: folders[service] }),
      ...(onRestart && { onRestart }),
    });
    this.#children.push(child);
    return child;
  }

  async #start(child: ServiceChild): Promise<void> {
    try {
      await child.start();
    } catch (error) {
      if (!(error instanceof DepthmeshError) || this.#logFile === undefined) throw error;
      const message = `${error.message} (${join(this.data, "mesh.log")})`;
      throw new DepthmeshError(error.reason, message, { cause: error });
    }
  }
}

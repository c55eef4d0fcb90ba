/**
 * The services of a mesh on this machine: which processes there are, what each is told, and in
 * which order they start and end.
 */
import { join } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import { environmentVariable } from "../kit/config.js";
import { type ChildName, ServiceChild, type ServiceName } from "./child.js";
import { addressOfGateway } from "./gateway-address.js";
import { choosePorts, FREE_PORTS, gatewayPorts, portSettings } from "./gateway-ports.js";
import type { LaunchedAccess } from "./launched-access.js";
import { hostsOfListening, hostsOfOneMachine } from "./listening.js";
import type { MeshOptions, Settings } from "./mesh-options.js";
import { type MetricsTarget, metricsSettings } from "./metrics-ports.js";
import type { NatsUser } from "./nats-server.js";
import { PROBE_EVERY_MS } from "./supervised.js";

/**
 * "as needed": only the gateway and depth, which a job needs first, share the cores at the
 * beginning; render and encode start when the gateway serves, while depth is at work.
 */
export type StartOrder = "together" | "as needed";

/** What the services of a mesh share. */
interface MeshParts {
  /** Folder of everything durable. */
  readonly data: string;
  readonly traces: string;
  readonly access: LaunchedAccess;
  readonly natsUrlFor: (user: NatsUser) => string;
  readonly metrics: readonly MetricsTarget[];
  /** Where their logs go; this process's stderr without it. */
  readonly logFile: number | undefined;
  /** How long a process may take to end. */
  readonly stopGraceMs: number;
}

export class MeshServices {
  readonly #children: ServiceChild[] = [];
  readonly #options: MeshOptions;
  readonly #parts: MeshParts;
  #serving: Promise<void> = Promise.resolve();

  constructor(options: MeshOptions, parts: MeshParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Resolves when all processes serve. Rejects when one of them cannot start. */
  get serving(): Promise<void> {
    return this.#serving;
  }

  get all(): readonly ServiceChild[] {
    return this.#children;
  }

  /** The processes of one service. */
  of(service: ChildName): readonly ServiceChild[] {
    return this.#children.filter((child) => child.service === service);
  }

  /** The addresses of a port of all gateways, with commas between, as clients take them. */
  addressesOf(port: "grpc" | "admin" | "internal"): string {
    return this.of("gateway")
      .map((gateway) => gateway.addressOf(port))
      .join(",");
  }

  /** Drains them in order: web, encode, render, depth, then the gateway that they push to. */
  async stop(): Promise<void> {
    for (const service of ["web", "encode", "render", "depth", "gateway"] as const) {
      await Promise.all(this.of(service).map((child) => child.stop(this.#parts.stopGraceMs)));
    }
  }

  /** After `stop`: another start begins anew. */
  forget(): void {
    this.#children.length = 0;
  }

  /**
   * Waits for the gateway. The workers start beside it and wait for its streams. A failure of the
   * gateway comes first, because what is wrong there is often wrong for all.
   */
  async start(order: StartOrder, ports: Settings): Promise<void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    const gateway = this.#child("gateway", {
      ...this.settingsFor("gateway"),
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
        this.#child(service, { ...this.settingsFor(service), DEPTHMESH_GATEWAY: address }),
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
    signal?.throwIfAborted();
  }

  async #otherGateways(): Promise<ServiceChild[]> {
    const others: ServiceChild[] = [];
    while (others.length < (this.#options.gateways ?? 1) - 1) {
      const settings = this.settingsFor("gateway");
      const ports = portSettings(await choosePorts(gatewayPorts(settings, 0, 0)));
      others.push(this.#child("gateway", { ...settings, ...ports }));
    }
    return others;
  }

  /** A client of the gateway like any other, so that it starts when the gateway serves. */
  async #startWeb(port: number): Promise<void> {
    const gateways = this.of("gateway");
    const local = (port: "grpc" | "admin") =>
      gateways.map((gateway) => gateway.localAddressOf(port)).join(",");
    const child = this.#child("web", {
      ...this.#options.environment,
      ...this.#parts.access.settingsForWeb(),
      DEPTHMESH_TRACES: this.#parts.traces,
      DEPTHMESH_PORT: String(port),
      DEPTHMESH_GATEWAY: local("grpc"),
      DEPTHMESH_GATEWAY_ADMIN: local("admin"),
    });
    await this.#start(child);
  }

  /** What each process of a service is told, but its ports. */
  settingsFor(service: ServiceName): Settings {
    const { listen, environment = {}, gateways = 1 } = this.#options;
    const isStoreChosen = environmentVariable("DEPTHMESH_BLOB_STORE") !== undefined;
    const hostsFor = listen ? hostsOfListening(listen.host) : hostsOfOneMachine(environment);
    return {
      ...FREE_PORTS,
      DEPTHMESH_NATS_URL: this.#parts.natsUrlFor(service),
      DEPTHMESH_BLOBS: join(this.#parts.data, "blobs"),
      DEPTHMESH_TRACES: this.#parts.traces,
      ...(gateways > 1 && !isStoreChosen && { DEPTHMESH_BLOB_STORE: "nats" }),
      ...hostsFor(service === "gateway" ? "gateway" : "worker"),
      ...environment,
      ...this.#parts.access.settingsFor(service === "gateway" ? "gateway" : "worker"),
    };
  }

  #child(service: ChildName, settings: Settings): ServiceChild {
    const { onRestart, environmentFor, folders } = this.#options;
    const { maxRestartDelayMs, probeEveryMs = PROBE_EVERY_MS } = this.#options;
    const index = this.of(service).length;
    const measured = { ...settings, ...metricsSettings(this.#parts.metrics, service, index) };
    const child = new ServiceChild({
      service,
      log: this.#parts.logFile ?? "inherit",
      probeEveryMs,
      access: this.#parts.access.mesh,
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
      if (!(error instanceof DepthmeshError) || this.#parts.logFile === undefined) throw error;
      const message = `${error.message} (${join(this.#parts.data, "mesh.log")})`;
      throw new DepthmeshError(error.reason, message, { cause: error });
    }
  }
}

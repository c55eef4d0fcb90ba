/** The life of every service process: load settings, connect, serve, drain on SIGTERM, exit. */
import type { CommonConfig } from "../config.js";
import type { Log } from "../log.js";
import { type Bus, connectBus } from "../nats/connect.js";
import { setOwnAccess } from "../rpc/mesh-access.js";
import { offerMetric } from "../telemetry/metrics.js";
import { openAccess, type ProcessAccess } from "./access.js";
import { advertisedHost } from "./advertised-host.js";
import { beginLife } from "./life.js";
import { OpenPorts, readyLine, type ServicePort } from "./ports.js";
import { type ProcessAnnouncement, type ProcessFacts, Self, type SelfParts } from "./self.js";

/** What a service is built with. */
export interface ServiceContext<C extends CommonConfig> {
  readonly config: C;
  readonly worker: string;
  readonly log: Log;
  readonly bus: Bus;
  readonly access: ProcessAccess;
  /**
   * Ends the process with a failure, so that its supervisor starts another. For native parts that
   * are lost.
   */
  readonly die: (why: Error) => void;
}

/** What a service provides. */
export interface ServiceParts extends SelfParts {
  /** The ports of the process; WorkerService is added to the internal one. */
  readonly ports: readonly ServicePort[];
  /** Tells the mesh about this process, once it serves. */
  announce(facts: ProcessFacts): ProcessAnnouncement;
  /** Starts taking work; the internal port is open at this host:port. */
  start(advertisedAddress: string): Promise<void> | void;
  /**
   * Ends the streams of callers that have no end of their own, with DRAINING. Workers are served
   * until the drain. For SIGUSR2: a mesh that stops tells its callers first, and its workers may
   * need the process for a while.
   */
  endStreams?(): void;
  /** Takes no more work, and finishes or hands back running work. The server still serves. */
  drain(graceMs: number): Promise<void>;
  /** Frees native parts; the server is closed already. */
  close(): Promise<void> | void;
}

/** How long running calls may continue after a loss. */
const FAILURE_GRACE_MS = 500;

/**
 * Runs a service until SIGTERM, SIGINT or a loss. `bind` creates, or waits for, what the service
 * needs on NATS; its result becomes part of the context. Resolves when everything is closed.
 */
export async function runService<C extends CommonConfig, R extends object>(
  name: string,
  config: C,
  bind: (bus: Bus, config: C) => Promise<R>,
  build: (context: ServiceContext<C> & R) => Promise<ServiceParts>,
): Promise<void> {
  const life = await beginLife(name, config);
  const { worker, log, health, stopped, die, stop } = life;
  const access = openAccess(config, log);
  setOwnAccess(access.mesh);
  let busOf: Bus | undefined;
  offerMetric("depthmesh.bus.up", () => [{ value: busOf?.connectionState.isUp ? 1 : 0 }]);
  const natsFiles = { ca: config.natsCa, cert: config.natsCert, key: config.natsKey };
  const opened = await Promise.race([
    openBus(connectBus(config.natsUrl, worker, log, natsFiles), (bus) => bind(bus, config)),
    stopped,
  ]);
  // Stopped while it waited for NATS: there is no work to hand back.
  if (!opened || opened instanceof Error) return;
  const { bus, bound } = opened;
  busOf = bus;
  void bus.connection.closed().then((why) => {
    if (why) die(why);
  });
  const parts = await build({ config, worker, log, bus, access, die, ...bound });
  const self = new Self({ name, worker, parts, stop, traceFolder: config.traceFolder });
  const withSelf = parts.ports.map((port) =>
    port.name === "internal" ? { ...port, services: [...port.services, self.service] } : port,
  );
  const ports = await OpenPorts.open(withSelf, ({ name: port, host }) =>
    advertisedHost(host, config, port === "internal"),
  );
  self.address = ports.addressOf("internal");
  await parts.start(self.address);
  ports.setServing(true);
  health.setServing(true);
  const announcement = parts.announce(self.facts);
  process.stdout.write(`${readyLine(ports.open)}\n`);

  const endStreams = () => {
    parts.endStreams?.();
    ports.endEndless();
  };
  process.on("SIGUSR2", endStreams);
  const lost = await stopped;
  self.drains(lost);
  announcement.draining();
  ports.setServing(false);
  health.setServing(false);
  log.info({ failed: lost !== undefined }, "draining");
  endStreams();
  await parts.drain(lost ? 0 : config.drainMs);
  await ports.close(lost ? FAILURE_GRACE_MS : config.drainMs);
  await parts.close();
  await announcement.retract();
  await bus.close();
  await life.end();
}

async function openBus<R>(
  connecting: Promise<Bus>,
  bind: (bus: Bus) => Promise<R>,
): Promise<{ bus: Bus; bound: R }> {
  const bus = await connecting;
  return { bus, bound: await bind(bus) };
}

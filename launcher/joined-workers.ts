/** Workers on this machine of a mesh that runs on another one, supervised. */
import { join, resolve } from "node:path";
import { DepthmeshError } from "../core/errors.js";
import {
  COMMON_SETTINGS,
  childEnvironment,
  environmentVariable,
  readSettings,
} from "../kit/config.js";
import { createLog } from "../kit/log.js";
import { hostOf } from "../kit/network/host-port.js";
import { localAddressToward } from "../kit/network/local-address.js";
import { openAccess, type ProcessAccess } from "../kit/process/access.js";
import { ServiceChild, type ServiceName } from "./child.js";
import { makeDataFolder } from "./data-folder.js";
import { acquireFolder } from "./folder-lock.js";
import type { JoinFile } from "./join-file.js";
import type { Settings } from "./mesh-options.js";
import { chooseMetricsPorts, type MetricsTarget, metricsSettings } from "./metrics-ports.js";
import { writePrivateFile } from "./private-file.js";
import { requirePrograms, workerProgramsOf } from "./programs.js";
import { stopGraceOf } from "./stop-grace.js";
import { PROBE_EVERY_MS, type Restart } from "./supervised.js";

export type WorkerName = Exclude<ServiceName, "gateway">;

/** As they are drained: who reads from another one comes first. */
const STOP_ORDER = ["encode", "render", "depth"] as const;
/** The services log for themselves. */
const SILENT = createLog("silent", { service: "up", worker: "up" });

export interface JoinOptions {
  readonly file: JoinFile;
  /** How many workers of each stage. */
  readonly workers: Readonly<Record<WorkerName, number>>;
  /** Folder of this machine's traces and certificates. */
  readonly data: string;
  /** Address of this machine for the others; by default the one that leads to NATS. */
  readonly host?: string;
  /** First of the ports that Prometheus reads, as of a mesh; none by default. */
  readonly metricsPort?: number;
  /** Additional settings of every worker. */
  readonly environment?: Record<string, string>;
  readonly onRestart?: (part: WorkerName, restart: Restart) => void;
  readonly signal?: AbortSignal;
}

export class JoinedWorkers {
  readonly #children: readonly ServiceChild[];
  readonly #graceMs: number;
  readonly #access: ProcessAccess;
  readonly #release: () => void;
  /** The ports that Prometheus reads; none unless they are asked for. */
  readonly metrics: readonly MetricsTarget[];

  private constructor(options: JoinOptions, { host, data, metrics, release }: Prepared) {
    this.#release = release;
    this.metrics = metrics;
    const common = commonSettings(options, data, host);
    this.#graceMs = stopGraceOf(common);
    this.#access = openAccess(readSettings(COMMON_SETTINGS, childEnvironment(common)), SILENT);
    const { file, workers, onRestart } = options;
    const scheme = file.tls ? "tls" : "nats";
    this.#children = STOP_ORDER.toReversed().flatMap((service) =>
      Array.from({ length: workers[service] }, (_, index) => {
        const url = `${scheme}://${service}:${file.passwords[service]}@${file.nats}`;
        return new ServiceChild({
          service,
          log: "inherit",
          probeEveryMs: PROBE_EVERY_MS,
          access: this.#access.mesh,
          environment: {
            ...common,
            ...metricsSettings(metrics, service, index),
            DEPTHMESH_NATS_URL: url,
          },
          ...(onRestart && { onRestart: (_, restart) => onRestart(service, restart) }),
        });
      }),
    );
  }

  /**
   * Starts the workers and waits until all serve. Throws SERVICE_UNAVAILABLE where one cannot, for
   * example because NATS of the other machine does not answer within a minute.
   */
  static async start(options: JoinOptions): Promise<JoinedWorkers> {
    requirePrograms(workerProgramsOf({ ...options.workers, ...options }));
    const joined = new JoinedWorkers(options, await prepared(options));
    try {
      await Promise.all(joined.#children.map((child) => child.start()));
      options.signal?.throwIfAborted();
      return joined;
    } catch (error) {
      await joined.stop();
      throw error;
    }
  }

  /** host:port of each worker, by stage. */
  get workers(): { service: string; address: string }[] {
    return this.#children.map(({ service, address }) => ({ service, address }));
  }

  /** Drains them: what cannot finish in time goes back to the queue. */
  async stop(): Promise<void> {
    for (const service of STOP_ORDER) {
      const some = this.#children.filter((child) => child.service === service);
      await Promise.all(some.map((child) => child.stop(this.#graceMs)));
    }
    this.#access.certificates?.close();
    this.#release();
  }
}

interface Prepared {
  readonly host: string;
  readonly data: string;
  readonly metrics: readonly MetricsTarget[];
  readonly release: () => void;
}

/** What is decided and taken before the first worker starts. */
async function prepared(options: JoinOptions): Promise<Prepared> {
  const host = options.host ?? (await hostToward(options.file));
  const data = resolve(options.data);
  makeDataFolder(data);
  const release = acquireFolder(data);
  try {
    const { workers, metricsPort, environment = {} } = options;
    const wanted = { ...workers, environment, ...(metricsPort !== undefined && { metricsPort }) };
    const file = join(data, "metrics-targets.json");
    const metrics = await chooseMetricsPorts({ ...wanted, isJoined: true }, file);
    return { host, data, metrics, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** The address with which this machine calls NATS. Throws SERVICE_UNAVAILABLE where it has none. */
async function hostToward({ nats }: JoinFile): Promise<string> {
  const given = environmentVariable("DEPTHMESH_HOST");
  const found = given ?? (await localAddressToward(hostOf(nats)));
  if (found !== undefined) return found;
  throw new DepthmeshError(
    "SERVICE_UNAVAILABLE",
    `no route leads from this machine to NATS at ${nats}; check the network, or pass --listen with the address of this machine that the others reach`,
  );
}

function commonSettings({ file, environment }: JoinOptions, data: string, host: string): Settings {
  return {
    DEPTHMESH_PORT: "0",
    DEPTHMESH_HOST: host,
    DEPTHMESH_GATEWAY: file.gateway,
    DEPTHMESH_TRACES: join(data, "traces"),
    DEPTHMESH_MESH_TOKEN: file.token,
    ...certificateSettings(file, data),
    ...environment,
  };
}

/** Writes the certificates of the join file where the workers read them. */
function certificateSettings({ tls }: JoinFile, data: string): Settings {
  if (!tls) return {};
  const path = (name: string) => join(data, name);
  const [ca, certificate, key] = [path("ca.crt"), path("worker.crt"), path("worker.key")];
  writePrivateFile(ca, tls.ca);
  writePrivateFile(certificate, tls.certificate);
  writePrivateFile(key, tls.key);
  return {
    DEPTHMESH_TLS_CERT: certificate,
    DEPTHMESH_TLS_KEY: key,
    DEPTHMESH_TLS_CA: ca,
    DEPTHMESH_TLS_SERVER_NAME: tls.serverName,
    DEPTHMESH_NATS_CA: ca,
    DEPTHMESH_NATS_CERT: certificate,
    DEPTHMESH_NATS_KEY: key,
  };
}

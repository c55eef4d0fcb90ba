/** What a mesh on this machine consists of, and how it is started. */

import type { ChildName, ServiceName } from "./child.js";
import type { Listening } from "./listening.js";
import type { NatsServerOptions } from "./nats-server.js";
import type { Restart } from "./supervised.js";

export type Settings = Readonly<Record<string, string>>;

/** One process of the mesh: the `index`-th of its service, counted from 0. */
export interface ChildPlace {
  readonly service: ServiceName;
  readonly index: number;
}

export interface MeshOptions {
  /** Folder of everything durable. */
  readonly data: string;
  /**
   * Gateways, 1 by default. Those after the first have any free ports. Several need a blob store
   * that they can share: that of NATS, unless the settings name another.
   */
  readonly gateways?: number;
  readonly depth: number;
  readonly render: number;
  readonly encode: number;
  /** Public port of the gateway; 0 picks a free one. */
  readonly port: number;
  /** Its admin port; 0, the default, picks a free one. */
  readonly adminPort?: number;
  /**
   * Opens NATS and the gateway's internal port to workers of other hosts. Without it these have
   * free ports of the loopback.
   */
  readonly listen?: Listening;
  /** Port of the web service; 0 picks a free one. Without it, none is started. */
  readonly webPort?: number;
  /**
   * First of the ports that Prometheus reads, one for each process, in the order gateway, web,
   * depth, render, encode; 0 picks free ones. Without it, none is opened.
   */
  readonly metricsPort?: number;
  /** "inherit": this process's stderr. "file": mesh.log in the data folder. */
  readonly logs: "inherit" | "file";
  /** Additional settings for every service. */
  readonly environment?: Record<string, string>;
  /** Changes the settings of one process; gets those that it would have. */
  readonly environmentFor?: (child: ChildPlace, settings: Settings) => Settings;
  /** The longest delay before a restart. */
  readonly maxRestartDelayMs?: number;
  /** Folders that the services run from instead of this package, as in the container images. */
  readonly folders?: Readonly<Partial<Record<ChildName, string>>>;
  readonly onRestart?: (part: ChildName | "nats-server", restart: Restart) => void;
  /** Time between two liveness probes of each process. */
  readonly probeEveryMs?: number;
  /** Firing stops everything that was started; then the start rejects. */
  readonly signal?: AbortSignal;
  /** See NatsServerOptions. */
  readonly sync?: NatsServerOptions["sync"];
  /** Folder of a set of certificates, as `depthmesh certs` makes it, for every connection. */
  readonly tls?: string;
}

/** A nats-server with the deployed users that others monitor, on free loopback ports. */
import { readFile } from "node:fs/promises";
import { type NatsUser, newNatsPasswords } from "../../launcher/nats-server.js";
import { killNats, startDeployedNats } from "./deployed-nats.js";

export interface MonitoredNats {
  urlFor(user: NatsUser): string;
  /** host:port of `/jsz`. */
  readonly monitor: string;
  stop(): Promise<void>;
}

/** Resolves when it listens. `folder` gets its configuration, its store and its log. */
export async function startMonitoredNats(folder: string): Promise<MonitoredNats> {
  const passwords = newNatsPasswords();
  const { server, address, portsFile } = await startDeployedNats({
    folder,
    lines: ['host: "127.0.0.1"', "port: -1", 'http: "127.0.0.1:-1"'],
    passwordOf: (user) => passwords[user],
  });
  const { monitoring } = JSON.parse(await readFile(portsFile, "utf8")) as { monitoring: string[] };
  return {
    urlFor: (user) => `nats://${user}:${passwords[user]}@${address}`,
    monitor: new URL(monitoring[0] ?? "").host,
    stop: () => killNats(server),
  };
}

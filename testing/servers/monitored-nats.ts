import { once } from "node:events";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { childEnvironment } from "../../kit/config.js";
import { packagePath } from "../../kit/process/package-path.js";
import { emptyPortsFolder, listeningAddress } from "../../launcher/nats-ports.js";
import { NATS_USERS, type NatsUser, newNatsPasswords } from "../../launcher/nats-server.js";
import { spawnGuarded } from "../guarded-child.js";

const USERS_FILE = "nats-users.conf";

export interface MonitoredNats {
  urlFor(user: NatsUser): string;
  /** host:port of `/jsz`. */
  readonly monitor: string;
  stop(): Promise<void>;
}

/** Resolves when it listens. `folder` gets its configuration, its store and its log. */
export async function startMonitoredNats(folder: string): Promise<MonitoredNats> {
  await mkdir(folder, { recursive: true });
  await copyFile(packagePath("deploy", USERS_FILE), join(folder, USERS_FILE));
  const configuration = join(folder, "nats.conf");
  const lines = [
    'host: "127.0.0.1"',
    "port: -1",
    'http: "127.0.0.1:-1"',
    `jetstream { store_dir: ${JSON.stringify(join(folder, "store"))} }`,
    `include ${USERS_FILE}`,
  ];
  await writeFile(configuration, `${lines.join("\n")}\n`);
  const portsFolder = emptyPortsFolder(folder);
  const logFile = join(folder, "nats.log");
  const passwords = newNatsPasswords();
  const variables = NATS_USERS.map((user) => [
    `DEPTHMESH_NATS_${user.toUpperCase()}_PASSWORD`,
    passwords[user],
  ]);
  const command = ["-c", configuration, "--ports_file_dir", portsFolder];
  const server = spawnGuarded("nats-server", [...command, "-l", logFile], {
    stdio: "ignore",
    env: childEnvironment(Object.fromEntries(variables)),
  });
  const address = await listeningAddress(server, portsFolder, logFile);
  const file = join(portsFolder, `nats-server_${server.pid}.ports`);
  const { monitoring } = JSON.parse(await readFile(file, "utf8")) as { monitoring: string[] };
  return {
    urlFor: (user) => `nats://${user}:${passwords[user]}@${address}`,
    monitor: new URL(monitoring[0] ?? "").host,
    stop: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill("SIGKILL");
      await once(server, "exit");
    },
  };
}

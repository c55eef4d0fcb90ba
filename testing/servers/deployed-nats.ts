/** Starts a nats-server with the deployed users and a configuration of the test's own. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { childEnvironment } from "../../kit/config.js";
import { packagePath } from "../../kit/process/package-path.js";
import { emptyPortsFolder, listeningAddress } from "../../launcher/nats-ports.js";
import { NATS_USERS, type NatsUser } from "../../launcher/nats-server.js";
import { spawnGuarded } from "../guarded-child.js";

const USERS_FILE = "nats-users.conf";

export interface DeployedNats {
  /** It gets the configuration, the store and the log. */
  readonly folder: string;
  /** Of the configuration, besides the store and the users. */
  readonly lines: readonly string[];
  passwordOf(user: NatsUser): string;
  /** The first nats-server of PATH by default. */
  readonly program?: string | undefined;
}

/** Resolves when it listens. `portsFile` names its further ports. */
export async function startDeployedNats({
  folder,
  lines,
  passwordOf,
  program = "nats-server",
}: DeployedNats): Promise<{ server: ChildProcess; address: string; portsFile: string }> {
  await mkdir(folder, { recursive: true });
  await copyFile(packagePath("deploy", USERS_FILE), join(folder, USERS_FILE));
  const configuration = join(folder, "nats.conf");
  const store = `jetstream { store_dir: ${JSON.stringify(join(folder, "store"))} }`;
  await writeFile(configuration, [...lines, store, `include ${USERS_FILE}`, ""].join("\n"));
  const portsFolder = emptyPortsFolder(folder);
  const logFile = join(folder, "nats.log");
  const passwords = NATS_USERS.map((user) => [
    `DEPTHMESH_NATS_${user.toUpperCase()}_PASSWORD`,
    passwordOf(user),
  ]);
  const command = ["-c", configuration, "--ports_file_dir", portsFolder, "-l", logFile];
  const env = childEnvironment(Object.fromEntries(passwords));
  const server = spawnGuarded(program, command, { stdio: "ignore", env });
  const address = await listeningAddress(server, portsFolder, logFile);
  return { server, address, portsFile: join(portsFolder, `nats-server_${server.pid}.ports`) };
}

/** As a machine that loses its power. Does nothing when it has ended. */
export async function killNats(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGKILL");
  await once(server, "exit");
}

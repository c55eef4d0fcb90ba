/**
 * Chooses the mesh that a command talks to: the one at `--address`, the one that `depthmesh up`
 * runs on this machine, or a temporary one.
 */
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { AdminClient } from "../client/admin-client.js";
import type { ConnectOptions as ClientOptions } from "../client/channel.js";
import type { DepthmeshClient } from "../client/client.js";
import { DepthmeshError } from "../core/errors.js";
import { pause } from "../kit/async/delay.js";
import { environmentVariable } from "../kit/config.js";
import { HOST_PORT_FORM, hostPortsIn } from "../kit/network/host-port.js";
import { isFolderInUse } from "../launcher/folder-lock.js";
import { Mesh } from "../launcher/mesh.js";
import { type MeshFile, runningMeshes } from "../launcher/mesh-file.js";
import { callerKey, type KeyOptions, withKeyFile } from "./caller-key.js";
import { addChannelOptions, type ChannelArguments, channelOptions } from "./channel-options.js";
import { CONNECTION_SETTINGS } from "./connection-settings.js";
import { dataFolder } from "./data-folder.js";
import { explainedError } from "./encrypted-port.js";
import { interruptibly, isBroken } from "./interrupt.js";
import { givenAddresses, localMesh, type MeshAddresses, MeshClients } from "./mesh-clients.js";

export interface Connection {
  /** Throws SERVICE_UNAVAILABLE where only the admin port was given. */
  readonly client: DepthmeshClient;
  /** Throws SERVICE_UNAVAILABLE where only the public port of another machine was given. */
  readonly admin: AdminClient;
  /** Aborted by Ctrl-C, and when a worker of a temporary mesh cannot start. */
  readonly signal: AbortSignal;
  /** Whether the mesh ends with this command. Its unfinished jobs go on in the next mesh. */
  readonly isTemporary: boolean;
  /** Resolves when all workers of a temporary mesh serve. Rejects when one cannot start. */
  untilServing(): Promise<void>;
}

export interface ConnectOptions extends KeyOptions, ChannelArguments {
  readonly address?: string;
  readonly adminAddress?: string;
  readonly data?: string;
}

interface MeshUse {
  /** "none" if the command runs no job: the temporary mesh is then only a gateway. */
  readonly workers?: "none" | "one";
}

const LOCK_POLL_MS = 300;
/**
 * What a job that was interrupted gets to finish before it is handed back: the user waits for it.
 */
const TEMPORARY_DRAIN_MS = "1000";

type Use<T> = (connection: Connection) => Promise<T>;

/**
 * Calls `use` with a running mesh, or with one that is started for this call and stopped after it.
 * Waits for a data folder that another command uses.
 */
export function withMesh<T>(
  options: ConnectOptions,
  use: Use<T>,
  { workers = "one" }: MeshUse = {},
): Promise<T> {
  return interruptibly(async (signal) => {
    const given = givenAddresses(options);
    if (given) return useRunning(given, options, signal, use);
    const found = await findOrStart(options, workers, signal);
    if (!(found instanceof Mesh)) return useRunning(found, options, signal, use);
    try {
      return await useTemporary(found, options, signal, use);
    } finally {
      await found.stop();
    }
  });
}

/** The workers start meanwhile. Throws their error if one cannot and `use` fails of that. */
async function useTemporary<T>(
  mesh: Mesh,
  options: ConnectOptions,
  interrupted: AbortSignal,
  use: Use<T>,
): Promise<T> {
  const { address: grpc, adminAddress: admin, access } = mesh;
  const clients = new MeshClients({ grpc, admin }, clientOptions(options, access));
  const broken = new AbortController();
  mesh.serving.catch((why) => broken.abort(why));
  const signal = AbortSignal.any([interrupted, broken.signal]);
  const untilServing = () => mesh.serving;
  const state = { signal, isTemporary: true, untilServing };
  try {
    return await use(connectionWith(clients, state));
  } catch (error) {
    throw isBroken(signal) ? signal.reason : error;
  } finally {
    clients.close();
  }
}

/** Throws SERVICE_UNAVAILABLE when no mesh runs on this machine and no address was given. */
export function withRunningMesh<T>(options: ConnectOptions, use: Use<T>): Promise<T> {
  return interruptibly(async (signal) => {
    const addresses = givenAddresses(options) ?? runningMesh(options);
    if (addresses) return useRunning(addresses, options, signal, use);
    throw new DepthmeshError(
      "SERVICE_UNAVAILABLE",
      "no mesh is running on this machine; start one with `depthmesh up` or pass --address",
    );
  });
}

async function useRunning<T>(
  addresses: MeshAddresses,
  options: ConnectOptions,
  signal: AbortSignal,
  use: Use<T>,
): Promise<T> {
  const local = localMesh(addresses);
  const channel = clientOptions(options, local);
  const clients = new MeshClients(addresses, channel);
  const state = { signal, isTemporary: false, untilServing: async () => {} };
  try {
    return await use(connectionWith(clients, state));
  } catch (error) {
    throw channel.tls ? error : await explainedError(error, addresses.grpc ?? addresses.admin);
  } finally {
    clients.close();
  }
}

function connectionWith(clients: MeshClients, state: Omit<Connection, "client" | "admin">) {
  return {
    get client() {
      return clients.client;
    },
    get admin() {
      return clients.admin;
    },
    ...state,
  };
}

/**
 * The mesh of this machine that started last; with `--data`, the one that has that folder. Says so
 * where it had a choice.
 */
function runningMesh({ data }: ConnectOptions): MeshFile | undefined {
  const all = runningMeshes();
  if (data !== undefined) return all.find((mesh) => mesh.data === resolve(data));
  const [running] = all;
  if (running && all.length > 1) {
    const addresses = all.map(({ grpc }) => grpc).join(", ");
    process.stderr.write(
      `${all.length} meshes are running (${addresses}); using ${running.grpc}, which started last; --address chooses another\n`,
    );
  }
  return running;
}

async function findOrStart(
  options: ConnectOptions,
  workers: "none" | "one",
  signal: AbortSignal,
): Promise<Mesh | MeshFile> {
  const data = dataFolder(options.data);
  const count = workers === "none" ? 0 : 1;
  const environment = {
    DEPTHMESH_DRAIN_MS: environmentVariable("DEPTHMESH_DRAIN_MS") ?? TEMPORARY_DRAIN_MS,
  };
  for (let isFirst = true; ; isFirst = false) {
    const running = runningMesh(options);
    if (running) return running;
    if (isFirst) process.stderr.write("no mesh is running; starting one for this command\n");
    try {
      const many = { depth: count, render: count, encode: count };
      return await Mesh.open({ data, ...many, port: 0, logs: "file", environment, signal });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!isFolderInUse(error)) throw error;
      if (isFirst) {
        const { pid } = error.metadata;
        process.stderr.write(`waiting: process ${pid} is using the data folder ${data}\n`);
      }
      await pause(LOCK_POLL_MS, signal);
      signal.throwIfAborted();
    }
  }
}

/** host:port in one form. Throws PARAMETER_OUT_OF_RANGE for what is none. */
function addressIn(option: string): (text: string) => string {
  return (text) => {
    const address = hostPortsIn(text);
    if (address !== undefined) return address;
    throw new DepthmeshError(
      "PARAMETER_OUT_OF_RANGE",
      `"${text.slice(0, 100)}" of ${option} is no ${HOST_PORT_FORM}`,
      { metadata: { field: option } },
    );
  };
}

export function addressOption(description: string): Option {
  return new Option("--address <host:port>", description)
    .env(CONNECTION_SETTINGS.address.variable)
    .argParser(addressIn("--address"));
}

/**
 * What the command's clients show and expect; what the options leave open is as the mesh on this
 * machine has it.
 */
export function clientOptions(
  options: KeyOptions & ChannelArguments,
  local: Pick<MeshFile, "tls"> | undefined,
): ClientOptions {
  return { key: callerKey(options), ...channelOptions(options, local) };
}

/** Adds `--address`, `--key-file`, `--data` and the options of encryption to a command. */
export function withConnection(command: Command): Command {
  command
    .optionsGroup("Mesh:")
    .addOption(
      addressOption("gateway to connect to (default: the running mesh, or else a temporary one)"),
    )
    .option(
      "--data <folder>",
      "data folder of the temporary mesh (default: depthmesh in the user's data folder)",
    );
  return addChannelOptions(withKeyFile(command));
}

/** Adds `--admin-address` to a command that asks the admin port. */
export function withAdminAddress(command: Command): Command {
  return command.addOption(
    new Option(
      "--admin-address <host:port>",
      "admin port of the gateway (default: that of the running mesh)",
    )
      .env(CONNECTION_SETTINGS.adminAddress.variable)
      .argParser(addressIn("--admin-address")),
  );
}

/** Adds the options of `withConnection` and `--admin-address`. */
export function withAdmin(command: Command): Command {
  return withAdminAddress(withConnection(command));
}

/** The resource name of a job that the user gave as `jobs/ID` or as the bare ID. */
export function jobName(job: string): string {
  return job.startsWith("jobs/") ? job : `jobs/${job}`;
}

/** The ID alone, as the commands print it. */
export function jobId(name: string): string {
  return name.replace(/^jobs\//, "");
}

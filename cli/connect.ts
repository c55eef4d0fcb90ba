/** Which mesh a command talks to: the address given, a running one, or one started for the call. */

import type { Command } from "commander";
import { DepthmeshClient } from "../client/client.js";
import { DepthmeshError } from "../core/errors.js";
import { Mesh } from "../launcher/mesh.js";
import { readMeshFile } from "../launcher/mesh-file.js";

export interface Connection {
  readonly client: DepthmeshClient;
  /** Folder of the trace files, where it is on this machine. */
  readonly traces: string | undefined;
}

export interface ConnectOptions {
  readonly address?: string;
  readonly data: string;
}

/** Start a mesh for one call where none runs. */
export async function withMesh<T>(
  options: ConnectOptions,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  if (options.address || readMeshFile()) return withRunningMesh(options, use);
  process.stderr.write("no mesh is running: starting one for this call\n");
  const { data } = options;
  const mesh = await Mesh.start({ data, depth: 1, render: 1, encode: 1, port: 0, logs: "file" });
  const client = new DepthmeshClient(mesh.address);
  try {
    return await use({ client, traces: mesh.traces });
  } finally {
    client.close();
    await mesh.stop();
  }
}

/** Throws SERVICE_UNAVAILABLE where no mesh runs. */
export async function withRunningMesh<T>(
  options: Pick<ConnectOptions, "address">,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const running = readMeshFile();
  const address = options.address ?? running?.grpc;
  if (!address) {
    throw new DepthmeshError(
      "SERVICE_UNAVAILABLE",
      "no mesh is running here; start one: depthmesh up",
    );
  }
  const client = new DepthmeshClient(address);
  const local = running && (!options.address || options.address === running.grpc);
  try {
    return await use({ client, traces: local ? running.traces : undefined });
  } finally {
    client.close();
  }
}

export interface AddressOption {
  readonly address?: string;
}

export function withAddress(command: Command): Command {
  return command.option("--address <host:port>", "gateway to use instead of the running mesh");
}

/** Ids are accepted bare too. */
export function jobName(job: string): string {
  return job.startsWith("jobs/") ? job : `jobs/${job}`;
}

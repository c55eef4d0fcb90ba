/**
 * Chooses the mesh that a command talks to: the one at `--address`, the one that `depthmesh up`
 * runs on this machine, or a temporary one.
 */

import type { Command } from "commander";
import { DepthmeshClient } from "../client/client.js";
import { DepthmeshError } from "../core/errors.js";
import { Mesh } from "../launcher/mesh.js";
import { readMeshFile, runningMeshes } from "../launcher/mesh-file.js";

export interface Connection {
  readonly client: DepthmeshClient;
  /** Folder of the trace files; undefined when the mesh runs on another machine. */
  readonly traces: string | undefined;
}

export interface ConnectOptions {
  readonly address?: string;
  readonly data: string;
}

/**
 * Calls `use` with a running mesh, or with one that is started for this call and stopped after it.
 */
export async function withMesh<T>(
  options: ConnectOptions,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  if (options.address || readMeshFile()) return withRunningMesh(options, use);
  process.stderr.write("no mesh is running; starting one for this command\n");
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

/** Throws SERVICE_UNAVAILABLE when no mesh runs on this machine and no address was given. */
export async function withRunningMesh<T>(
  options: Pick<ConnectOptions, "address">,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const [running, ...others] = runningMeshes();
  if (others.length > 0 && !options.address) {
    const all = [running, ...others].map((mesh) => mesh?.grpc).join(", ");
    process.stderr.write(
      `${others.length + 1} meshes are running (${all}); using ${running?.grpc}, which started last; --address chooses another\n`,
    );
  }
  const address = options.address ?? running?.grpc;
  if (!address) {
    throw new DepthmeshError(
      "SERVICE_UNAVAILABLE",
      "no mesh is running on this machine; start one with `depthmesh up` or pass --address",
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

/** Adds `--address` to a command that needs a running mesh. */
export function withAddress(command: Command): Command {
  return command.option(
    "--address <host:port>",
    "gateway to connect to (default: the mesh that runs on this machine)",
  );
}

/** Adds `--address` and `--data` to a command that starts a mesh where none runs. */
export function withAddressOrData(command: Command): Command {
  return command
    .option(
      "--address <host:port>",
      "gateway to connect to (default: the running mesh, or else a temporary one)",
    )
    .option("--data <folder>", "data folder of the temporary mesh", ".depthmesh");
}

/** The resource name of a job that the user gave as `jobs/ID` or as the bare ID. */
export function jobName(job: string): string {
  return job.startsWith("jobs/") ? job : `jobs/${job}`;
}

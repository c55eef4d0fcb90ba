/**
 * Where a nats-server that was just spawned listens, which it writes into a file, and whether it
 * still does.
 */
import type { ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { mkdirSync, rmSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { DepthmeshError } from "../core/errors.js";

/** It reads its whole store first. */
const START_TIMEOUT_MS = 60_000;

/** An empty folder for `--ports_file_dir`. */
export function emptyPortsFolder(folder: string): string {
  const portsFolder = join(folder, "ports");
  rmSync(portsFolder, { recursive: true, force: true });
  mkdirSync(portsFolder, { recursive: true });
  return portsFolder;
}

/**
 * host:port. Throws BUS_UNAVAILABLE when the server cannot be started, ends before or takes too
 * long, and ends it; `logFile` says why.
 */
export async function listeningAddress(
  server: ChildProcess,
  portsFolder: string,
  logFile: string,
): Promise<string> {
  const ended = once(server, "exit").then(([code]) => {
    throw startError(`nats-server ended with code ${code}; see ${logFile}`);
  });
  ended.catch(() => {});
  await Promise.race([once(server, "spawn"), ended]).catch((error) => {
    throw startError("nats-server or setpriv is not installed", error);
  });
  const file = join(portsFolder, `nats-server_${server.pid}.ports`);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(START_TIMEOUT_MS)]);
  try {
    const url = await Promise.race([urlWritten(portsFolder, file, signal), ended]);
    return new URL(url).host;
  } catch (error) {
    // Else it would live on, and nobody would know where.
    server.kill("SIGKILL");
    if (error instanceof DepthmeshError) throw error;
    throw startError(`nats-server did not start in time; see ${logFile}`, error);
  } finally {
    over.abort();
  }
}

/** Whoever connects is greeted first. Throws when that takes more than `timeoutMs`. */
export async function untilGreeted(address: string, timeoutMs: number): Promise<void> {
  const { hostname, port } = new URL(`nats://${address}`);
  const socket = connect(Number(port), hostname);
  try {
    await once(socket, "data", { signal: AbortSignal.timeout(timeoutMs) });
  } finally {
    socket.destroy();
  }
}

async function urlWritten(folder: string, file: string, signal: AbortSignal): Promise<string> {
  // Watched before the first look, so that the file cannot appear between the two: the watch of
  // fs/promises begins with its first iteration only.
  const changes = on(watch(folder, { signal }), "change", { signal });
  const first = await urlIn(file);
  if (first) return first;
  for await (const _ of changes) {
    const url = await urlIn(file);
    if (url) return url;
  }
  throw startError("nats-server did not say where it listens");
}

async function urlIn(file: string): Promise<string | undefined> {
  try {
    const { nats } = JSON.parse(await readFile(file, "utf8")) as { nats: string[] };
    return nats[0];
  } catch {
    // Absent or half-written: the next change tells.
    return undefined;
  }
}

function startError(message: string, cause?: unknown): DepthmeshError {
  return new DepthmeshError("BUS_UNAVAILABLE", message, { cause });
}

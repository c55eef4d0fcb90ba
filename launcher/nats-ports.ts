/**
 * Finds out where a new nats-server listens: it writes that to a file.
 */
import type { ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { mkdirSync, rmSync, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../core/errors.js";

/** Before it listens, it reads its whole store. */
const START_TIMEOUT_MS = 60_000;

/** Creates an empty folder for `--ports_file_dir`. */
export function emptyPortsFolder(folder: string): string {
  const portsFolder = join(folder, "ports");
  rmSync(portsFolder, { recursive: true, force: true });
  mkdirSync(portsFolder, { recursive: true });
  return portsFolder;
}

/**
 * The server's host:port. Kills the server and throws BUS_UNAVAILABLE when it cannot be started,
 * ends early or takes too long; `logFile` has the cause.
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
    // Otherwise it would live on at an unknown address.
    server.kill("SIGKILL");
    if (error instanceof DepthmeshError) throw error;
    throw startError(`nats-server did not start in time; see ${logFile}`, error);
  } finally {
    over.abort();
  }
}

async function urlWritten(folder: string, file: string, signal: AbortSignal): Promise<string> {
  // The watch starts before the first read, so that the file cannot appear unseen between the two.
  // The watch of fs/promises starts only with its first iteration.
  const changes = on(watch(folder, { signal }), "change", { signal });
  const first = await urlIn(file);
  if (first) return first;
  for await (const _ of changes) {
    const url = await urlIn(file);
    if (url) return url;
  }
  throw startError("nats-server did not write down its address");
}

async function urlIn(file: string): Promise<string | undefined> {
  try {
    const { nats } = JSON.parse(await readFile(file, "utf8")) as { nats: string[] };
    return nats[0];
  } catch {
    // Absent or incomplete: a change follows.
    return undefined;
  }
}

function startError(message: string, cause?: unknown): DepthmeshError {
  return new DepthmeshError("BUS_UNAVAILABLE", message, { cause });
}

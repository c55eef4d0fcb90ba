/** The embedded nats-server: JetStream in the mesh's data folder, on a free port of the loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, rm, watch } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../kit/errors.js";

const START_TIMEOUT_MS = 15_000;

export interface EmbeddedNats {
  readonly url: string;
  readonly process: ChildProcess;
}

/** Another server than the one that is installed. */
export interface ServerChoice {
  readonly binary?: string;
  /** A configuration file; what is given on the command line here wins. */
  readonly config?: string;
}

/** Start it and wait until it listens. `port` 0 picks a free one. */
export async function startNatsServer(
  folder: string,
  port: number,
  { binary = "nats-server", config }: ServerChoice = {},
): Promise<EmbeddedNats> {
  const portsFolder = join(folder, "ports");
  await rm(portsFolder, { recursive: true, force: true });
  await mkdir(portsFolder, { recursive: true });
  const server = spawn(
    "setpriv",
    // biome-ignore format: one option a line hides the command
    ["--pdeathsig", "KILL", "--", binary, ...(config ? ["-c", config] : []), "-a", "127.0.0.1", "-p", String(port || -1),
      "--ports_file_dir", portsFolder, "-js", "-sd", join(folder, "store"), "-l", join(folder, "nats.log")],
    { stdio: "ignore", detached: true },
  );
  const ended = once(server, "exit").then(([code]) => {
    throw startError(`nats-server ended with code ${code}; see ${join(folder, "nats.log")}`);
  });
  ended.catch(() => {});
  await Promise.race([once(server, "spawn"), ended]).catch((error) => {
    throw startError("nats-server or setpriv is not installed", error);
  });
  const file = join(portsFolder, `nats-server_${server.pid}.ports`);
  const url = await Promise.race([readPorts(portsFolder, file), ended]);
  return { url, process: server };
}

async function readPorts(folder: string, file: string): Promise<string> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  // Watched before the first look, so that the file cannot appear between the two.
  const changes = watch(folder, { signal });
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

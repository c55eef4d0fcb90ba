/** A Postgres of its own for a test: Debian's programs, a temporary folder, a socket in it. */
import { type ChildProcess, execFile } from "node:child_process";
import { chmodSync, chownSync, existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { childEnvironment } from "../../kit/config.js";
import { eventually } from "../eventually.js";
import { freePort } from "../free-ports.js";
import { spawnGuarded } from "../guarded-child.js";

const run = promisify(execFile);
const VERSIONS = "/usr/lib/postgresql";
const DATABASE = "catalogue";
/** Postgres refuses to run as root. */
const NOBODY = 65_534;

export interface PostgresServer {
  /** For this machine, in clear, without a password. */
  readonly url: string;
  readonly port: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port with the same data. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The folder of its programs; undefined where it is not installed. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(VERSIONS, version, "bin"))
    .find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/** Why tests that need it are skipped; false where they need not be. */
export const WITHOUT_POSTGRES: string | false =
  postgresPrograms() === undefined && "PostgreSQL is not installed: scripts/setup --servers";

/** With a certificate it takes connections over TLS, besides those in clear. */
export async function startPostgres(tls?: {
  readonly key: string;
  readonly cert: string;
}): Promise<PostgresServer> {
  const programs = postgresPrograms();
  if (!programs) throw new Error(String(WITHOUT_POSTGRES));
  const folder = await mkdtemp(join(tmpdir(), "depthmesh-postgres-"));
  const data = join(folder, "data");
  const isRoot = process.getuid?.() === 0;
  const asUser = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  chmodSync(folder, 0o755);
  const environment = childEnvironment({ HOME: folder, LC_ALL: "C.UTF-8" });
  const options = { ...asUser, cwd: folder, env: environment };
  const initdb = ["-D", data, "-U", "depthmesh", "-A", "trust", "-E", "UTF8", "--no-sync"];
  await run(join(programs, "initdb"), initdb, options);
  if (tls) await writeTls(data, tls, asUser);
  const port = await freePort();
  let child: ChildProcess | undefined;
  let ended: Promise<unknown> = Promise.resolve();
  let output = "";
  const start = async () => {
    const settings = [`port=${port}`, "listen_addresses=127.0.0.1", "fsync=off"];
    const more = [
      `unix_socket_directories=${folder}`,
      "max_connections=40",
      `ssl=${tls ? "on" : "off"}`,
    ];
    const flags = [...settings, ...more].flatMap((setting) => ["-c", setting]);
    const started = spawnGuarded(join(programs, "postgres"), ["-D", data, ...flags], {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    started.stderr?.on("data", (bytes: Buffer) => {
      output = `${output}${bytes}`.slice(-4_000);
    });
    ended = new Promise((resolve) => started.once("exit", resolve));
    child = started;
    const ask = ["-h", "127.0.0.1", "-p", String(port), "-q"];
    await eventually("Postgres answers", async () => {
      if (started.exitCode !== null) throw new Error(`Postgres ended: ${output}`);
      return run(join(programs, "pg_isready"), ask, options).then(
        () => true,
        () => undefined,
      );
    });
  };
  const stop = async (signal: NodeJS.Signals) => {
    if (child?.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  const close = async () => {
    // An immediate shutdown: the server ends its own children.
    await stop("SIGQUIT");
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
    const createdb = ["-h", "127.0.0.1", "-p", String(port), "-U", "depthmesh", DATABASE];
    await run(join(programs, "createdb"), createdb, options);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `postgres://depthmesh@127.0.0.1:${port}/${DATABASE}`,
    port,
    kill: () => stop("SIGQUIT"),
    start,
    close,
  };
}

/** Postgres refuses a key that others may read. */
async function writeTls(
  data: string,
  { key, cert }: { readonly key: string; readonly cert: string },
  { uid, gid }: { readonly uid?: number; readonly gid?: number },
): Promise<void> {
  for (const [name, text] of [
    ["server.key", key],
    ["server.crt", cert],
  ] as const) {
    const path = join(data, name);
    await writeFile(path, text, { mode: 0o600 });
    if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
  }
}

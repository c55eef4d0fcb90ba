/**
 * The embedded nats-server: JetStream in the mesh's data folder, on a loopback port or one that
 * other hosts reach, with the users of deploy/nats-users.conf.
 */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DepthmeshError } from "../core/errors.js";
import { childEnvironment } from "../kit/config.js";
import { askJetStream } from "../kit/nats/probe.js";
import { formatHostPort, parseHostPort } from "../kit/network/host-port.js";
import { packagePath } from "../kit/process/package-path.js";
import { CertificateFiles } from "../kit/tls/certificate-files.js";
import { emptyPortsFolder, listeningAddress } from "./nats-ports.js";
import { type Restart, Supervised } from "./supervised.js";

const STOP_GRACE_MS = 10_000;
const INSTALLED = "nats-server";
const USERS_FILE = "nats-users.conf";
/** The first version that knows `sync_interval: always`. */
const SYNC_SINCE = [2, 10] as const;

/** The users of deploy/nats-users.conf. */
export const NATS_USERS = ["gateway", "depth", "render", "encode", "operator"] as const;
export type NatsUser = (typeof NATS_USERS)[number];

export type NatsPasswords = Readonly<Record<NatsUser, string>>;

/** They begin with a letter, because NATS reads a value of digits as a number. */
export function newNatsPasswords(): NatsPasswords {
  const one = () => `p${randomBytes(16).toString("hex")}`;
  return { gateway: one(), depth: one(), render: one(), encode: one(), operator: one() };
}

/** Paths of PEM files. */
export interface NatsCertificates {
  readonly ca: string;
  /** What the server shows. */
  readonly server: { readonly cert: string; readonly key: string };
  /** What the liveness probe shows. */
  readonly probe: { readonly cert: string; readonly key: string };
}

export interface NatsServerOptions {
  /** Folder of the configuration, the store and the log. */
  readonly folder: string;
  /** A name or an IP address of this machine; the loopback by default. */
  readonly host?: string;
  /** 0, the default, picks a free port, which is kept across restarts. */
  readonly port?: number;
  /** The program; by default the installed one. */
  readonly binary?: string;
  /**
   * "always": acknowledged data is on disk (needs NATS 2.10). "default": it is on disk within two
   * minutes.
   */
  readonly sync?: "always" | "default";
  /** What each user shows; new passwords by default. */
  readonly passwords?: NatsPasswords;
  /** Encrypts the connections; clients then show a certificate of the same authority. */
  readonly certificates?: NatsCertificates;
  readonly onRestart?: (restart: Restart) => void;
  /** Time between two liveness probes; without it, a hanging server is not noticed. */
  readonly probeEveryMs?: number;
}

export class NatsServer {
  readonly #options: NatsServerOptions;
  readonly #passwords: NatsPasswords;
  readonly #supervised: Supervised;
  #renewals: CertificateFiles | undefined;
  readonly #host: string;
  /** -1 lets the server pick one. */
  #port: number;

  private constructor(options: NatsServerOptions) {
    this.#options = options;
    this.#passwords = options.passwords ?? newNatsPasswords();
    this.#host = options.host ?? "127.0.0.1";
    this.#port = options.port || -1;
    const { certificates } = options;
    const probeFiles = certificates ? { ca: certificates.ca, ...certificates.probe } : {};
    this.#supervised = new Supervised({
      spawn: () => this.#spawn(),
      ...(options.onRestart && { onRestart: options.onRestart }),
      ...(options.probeEveryMs !== undefined && {
        probe: {
          everyMs: options.probeEveryMs,
          ask: (timeoutMs) => askJetStream(this.urlFor("operator"), timeoutMs, probeFiles),
        },
      }),
    });
  }

  /**
   * Starts it and waits until it listens. If it dies later or hangs, it is started again with the
   * same port, store and users.
   */
  static async start(options: NatsServerOptions): Promise<NatsServer> {
    const server = new NatsServer(options);
    await server.#configure();
    await server.#supervised.start();
    server.#followCertificates();
    return server;
  }

  get pid(): number | undefined {
    return this.#supervised.pid;
  }

  /** Resolves when a process other than `dyingPid` listens. */
  untilServing(dyingPid?: number): Promise<void> {
    return this.#supervised.untilReady(dyingPid);
  }

  /** URL with the user's name and password. */
  urlFor(user: NatsUser): string {
    const scheme = this.#options.certificates ? "tls" : "nats";
    return `${scheme}://${user}:${this.#passwords[user]}@${this.address}`;
  }

  /** host:port that it listens on. */
  get address(): string {
    return formatHostPort(this.#host, this.#port);
  }

  stop(): Promise<void> {
    this.#renewals?.close();
    return this.#supervised.stop(STOP_GRACE_MS);
  }

  /** nats-server reads its files again when it is told to. */
  #followCertificates(): void {
    const { certificates } = this.#options;
    if (!certificates) return;
    const paths = { ...certificates.server, ca: certificates.ca };
    const onRenewed = () => this.#supervised.signal("SIGHUP");
    this.#renewals = new CertificateFiles(paths, { onRenewed });
  }

  async #configure(): Promise<void> {
    const { folder, binary, sync = "default", certificates } = this.#options;
    if (sync === "always") await requireSync(binary);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // An included file is searched beside the file that includes it.
    await copyFile(packagePath("deploy", USERS_FILE), join(folder, USERS_FILE));
    const lines = [
      "jetstream {",
      `  store_dir: ${JSON.stringify(join(folder, "store"))}`,
      ...(sync === "always" ? ["  sync_interval: always"] : []),
      "}",
      ...(certificates ? encryptionLines(certificates) : []),
      `include ${USERS_FILE}`,
    ];
    const file = this.#configFile;
    await rm(file, { force: true });
    await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  }

  get #configFile(): string {
    return join(this.#options.folder, "nats.conf");
  }

  #spawn(): { child: ChildProcess; ready: Promise<void> } {
    const { folder, binary = INSTALLED } = this.#options;
    const portsFolder = emptyPortsFolder(folder);
    const logFile = join(folder, "nats.log");
    const guard = ["--pdeathsig", "KILL", "--"];
    const address = ["-a", this.#host, "-p", String(this.#port), "--ports_file_dir", portsFolder];
    const command = [binary, "-c", this.#configFile, ...address, "-l", logFile];
    const env = childEnvironment(this.#environment);
    const options = { stdio: "ignore", detached: true, env } as const;
    const child = spawn("setpriv", [...guard, ...command], options);
    const ready = listeningAddress(child, portsFolder, logFile).then((listening) => {
      this.#port = parseHostPort(listening)?.port ?? this.#port;
    });
    return { child, ready };
  }

  get #environment(): Record<string, string> {
    return Object.fromEntries(
      NATS_USERS.map((user) => [
        `DEPTHMESH_NATS_${user.toUpperCase()}_PASSWORD`,
        this.#passwords[user],
      ]),
    );
  }
}

function encryptionLines({ ca, server }: NatsCertificates): string[] {
  return [
    "tls {",
    `  cert_file: ${JSON.stringify(server.cert)}`,
    `  key_file: ${JSON.stringify(server.key)}`,
    `  ca_file: ${JSON.stringify(ca)}`,
    "  verify: true",
    "}",
  ];
}

/** The version of a nats-server, as numbers. */
export async function serverVersion(binary = INSTALLED): Promise<readonly number[]> {
  const { stdout } = await promisify(execFile)(binary, ["--version"]);
  return (/(\d+)\.(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
}

/** Whether it is version 2.10 or later. */
export async function knowsSync(binary?: string): Promise<boolean> {
  const [major = 0, minor = 0] = await serverVersion(binary);
  const [sinceMajor, sinceMinor] = SYNC_SINCE;
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
}

/**
 * Throws BUS_UNAVAILABLE if the server does not know sync_interval: weaker durability than
 * requested must not be silent.
 */
async function requireSync(binary?: string): Promise<void> {
  if (await knowsSync(binary)) return;
  const installed = (await serverVersion(binary)).join(".");
  throw new DepthmeshError(
    "BUS_UNAVAILABLE",
    `sync=always needs nats-server ${SYNC_SINCE.join(".")} or later; installed is ${installed}`,
  );
}

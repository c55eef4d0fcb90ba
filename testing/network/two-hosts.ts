/**
 * Two hosts in network namespaces of this machine, with a cable between them and host names of
 * their own: what one listens on at its loopback, the other does not reach. Needs root.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { childEnvironment, environmentVariable } from "../../kit/config.js";
import { packagePath } from "../../kit/process/package-path.js";

export interface HostOptions {
  readonly name: string;
  /** IPv4, in a network of 24 bits. */
  readonly address: string;
  /** $HOME of its user. */
  readonly home: string;
}

/** For running work to go back to the queue, on a busy machine. */
const END_MS = 30_000;

interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const ip = (...args: string[]) => execFileSync("ip", args, { stdio: "pipe" });

/** Why there can be none here, as the end of a sentence; undefined where there can. */
export function whyNoHosts(): string | undefined {
  const probe = `dm-probe-${process.pid}`;
  const made = spawnSync("ip", ["netns", "add", probe], { stdio: "pipe" });
  if (made.error) return "`ip` (iproute2) is not installed";
  if (made.status !== 0) return `ip netns add: ${String(made.stderr).trim()}`;
  const renamed = spawnSync("unshare", ["--uts", "hostname", probe], { stdio: "pipe" });
  spawnSync("ip", ["netns", "delete", probe], { stdio: "pipe" });
  return renamed.status === 0 ? undefined : "unshare --uts is not possible";
}

export class TwoHosts {
  readonly first: NamespaceHost;
  readonly second: NamespaceHost;

  constructor(first: HostOptions, second: HostOptions) {
    this.first = new NamespaceHost(first);
    this.second = new NamespaceHost(second);
    try {
      this.#connect();
    } catch (error) {
      for (const { namespace } of [this.first, this.second]) {
        // The second may not be there yet.
        spawnSync("ip", ["netns", "delete", namespace], { stdio: "pipe" });
      }
      throw error;
    }
  }

  #connect(): void {
    const [one, other] = [this.first.namespace, this.second.namespace];
    for (const namespace of [one, other]) ip("netns", "add", namespace);
    const cable = ["link", "add", "dm0", "netns", one, "type", "veth"];
    ip(...cable, "peer", "name", "dm0", "netns", other);
    for (const { namespace, address } of [this.first, this.second]) {
      ip("-n", namespace, "link", "set", "lo", "up");
      ip("-n", namespace, "address", "add", `${address}/24`, "dev", "dm0");
      ip("-n", namespace, "link", "set", "dm0", "up");
    }
  }

  /** Kills what still runs there. */
  async remove(): Promise<void> {
    for (const host of [this.second, this.first]) {
      await host.end();
      ip("netns", "delete", host.namespace);
    }
  }
}

export class NamespaceHost {
  readonly #options: HostOptions;
  readonly #running = new Set<ChildProcess>();

  constructor(options: HostOptions) {
    this.#options = options;
  }

  get namespace(): string {
    return `dm-${this.#options.name}-${process.pid}`;
  }

  get address(): string {
    return this.#options.address;
  }

  /** Starts a command line of a shell, in the user's home. Its pid is that of the last program. */
  start(line: string, settings: Readonly<Record<string, string>> = {}): ChildProcess {
    const { name, home } = this.#options;
    const script = `hostname ${name} && cd "$HOME" && ${line}`;
    const command = ["netns", "exec", this.namespace, "unshare", "--uts", "sh", "-c", script];
    const path = `${packagePath("bin")}:${environmentVariable("PATH")}`;
    const own = { HOME: home, XDG_RUNTIME_DIR: home, XDG_DATA_HOME: "", PATH: path };
    // Settings of the tests themselves are none of another host.
    const inherited = Object.entries(childEnvironment({})).filter(
      ([variable]) => !variable.startsWith("DEPTHMESH_"),
    );
    const env = { ...Object.fromEntries(inherited), ...own, ...settings };
    const child = spawn("ip", command, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#running.add(child);
    child.once("exit", () => this.#running.delete(child));
    return child;
  }

  /** Runs a command line to its end. */
  async run(line: string, settings?: Readonly<Record<string, string>>): Promise<Finished> {
    const child = this.start(line, settings);
    const text = { stdout: "", stderr: "" };
    child.stdout?.on("data", (bytes) => (text.stdout += bytes));
    child.stderr?.on("data", (bytes) => (text.stderr += bytes));
    const [code] = await once(child, "close");
    return { code, ...text };
  }

  /** Asks all that runs there to end, and kills what does not. */
  async end(): Promise<void> {
    const running = [...this.#running];
    const ended = Promise.all(running.map((child) => once(child, "exit")));
    for (const child of running) child.kill("SIGTERM");
    const killing = setTimeout(() => {
      for (const child of running) child.kill("SIGKILL");
    }, END_MS);
    await ended.finally(() => clearTimeout(killing));
  }
}

/** Resolves at the first line of its output that begins with `start`; rejects if it ends before. */
export async function untilLine(child: ChildProcess, start: string): Promise<string> {
  let words = "";
  child.stderr?.on("data", (bytes) => (words += bytes));
  if (!child.stdout) throw new Error("a child without output");
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith(start)) continue;
    child.stdout.resume();
    return line;
  }
  throw new Error(`it ended before it printed "${start}": ${words}`);
}

/** Kills and stops processes of a mesh at the failpoints of `kit/process/failpoint.ts`. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ARMED, type Failpoint, type Strike } from "../../kit/process/failpoint.js";
import { eventually } from "../eventually.js";

type Where = Partial<Pick<Strike, "service" | "after" | "job">>;

export class Failpoints {
  readonly #folder: string;
  #armed = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Failpoints> {
    return new Failpoints(await mkdtemp(join(tmpdir(), "depthmesh-failpoints-")));
  }

  /** What switches the failpoints on in the services of a mesh. */
  get environment(): Readonly<Record<string, string>> {
    return { DEPTHMESH_FAILPOINTS: this.#folder };
  }

  /**
   * The first process of the service, a gateway by default, that reaches the point, having passed
   * it `after` times, is killed there.
   */
  async killAt(point: Failpoint, where: Where = {}): Promise<void> {
    await this.#arm(point, where, "SIGKILL");
  }

  /** As `killAt`, but the process stands still there until it is told to go on. */
  async stopAt(point: Failpoint, where: Where): Promise<ArmedStop> {
    const arm = await this.#arm(point, where, "SIGSTOP");
    return {
      reached: async (withinMs) => {
        const claimed = async () =>
          (await readdir(this.#folder)).find((name) => name.startsWith(arm) && !isArmed(name));
        const file = await eventually(`a process stands still at ${point}`, claimed, withinMs);
        const pid = Number(file.slice(arm.length + 1));
        return () => void process.kill(pid, "SIGCONT");
      },
    };
  }

  /** What was armed and no process has reached yet. */
  async unreached(): Promise<string[]> {
    return (await readdir(this.#folder)).filter(isArmed);
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }

  /** Returns what the name of the file begins with. */
  async #arm(
    point: Failpoint,
    { service = "gateway", after = 0, job }: Where,
    signal: Strike["signal"],
  ): Promise<string> {
    const strike: Strike = { service, point, after, signal, ...(job !== undefined && { job }) };
    // Processes count how often they have passed it, by the name.
    this.#armed += 1;
    const arm = `${this.#armed}-${point}`;
    await writeFile(join(this.#folder, `${arm}${ARMED}`), JSON.stringify(strike));
    return arm;
  }
}

export interface ArmedStop {
  /** Resolves when a process stands still, with what lets it go on. */
  reached(withinMs?: number): Promise<() => void>;
}

function isArmed(file: string): boolean {
  return file.endsWith(ARMED);
}

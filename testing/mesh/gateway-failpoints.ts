/** Kills gateways of a mesh at the failpoints of `kit/process/failpoint.ts`. */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ARMED, type Failpoint, type Strike } from "../../kit/process/failpoint.js";

export class GatewayFailpoints {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<GatewayFailpoints> {
    return new GatewayFailpoints(await mkdtemp(join(tmpdir(), "depthmesh-failpoints-")));
  }

  /** What switches the failpoints on in the services of a mesh. */
  get environment(): Readonly<Record<string, string>> {
    return { DEPTHMESH_FAILPOINTS: this.#folder };
  }

  /** The first gateway that reaches the point, having passed it `after` times, is killed there. */
  async killAt(
    point: Failpoint,
    { after = 0, job }: { readonly after?: number; readonly job?: string } = {},
  ): Promise<void> {
    const strike: Strike = {
      ...{ service: "gateway", point, after, signal: "SIGKILL" },
      ...(job !== undefined && { job }),
    };
    await writeFile(join(this.#folder, `${point}${ARMED}`), JSON.stringify(strike));
  }

  /** The points that no gateway has been killed at yet. */
  async unreached(): Promise<string[]> {
    const files = await readdir(this.#folder);
    return files.filter((file) => file.endsWith(ARMED)).map((file) => file.slice(0, -ARMED.length));
  }

  close(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true });
  }
}

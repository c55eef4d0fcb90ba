/**
 * Arms failpoints in the processes of a mesh and reports which process reached one. Both go through
 * files in one folder (kit/process/failpoint.ts).
 */
import { EventEmitter, once } from "node:events";
import { type FSWatcher, watch } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ARMED, type Strike } from "../../kit/process/failpoint.js";

export class Failpoints {
  readonly folder: string;
  readonly #watcher: FSWatcher;
  readonly #claims = new EventEmitter();
  #armed = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.#claims.setMaxListeners(0);
    this.#watcher = watch(folder, (_event, name) => {
      const [arm, pid] = String(name).split(".");
      if (arm && /^\d+$/.test(pid ?? "")) this.#claims.emit(arm, Number(pid));
    });
  }

  /** Creates `folder`. */
  static async open(folder: string): Promise<Failpoints> {
    await mkdir(folder);
    return new Failpoints(folder);
  }

  /**
   * `claimed` resolves with the process that reached the point, or undefined when it was disarmed.
   */
  async arm(
    strike: Strike,
  ): Promise<{ claimed: Promise<number | undefined>; disarm(): Promise<void> }> {
    this.#armed += 1;
    const arm = String(this.#armed);
    const file = join(this.folder, `${arm}${ARMED}`);
    const claimed = once(this.#claims, arm).then(([pid]) => pid as number | undefined);
    const draft = join(this.folder, `${arm}.draft`);
    await writeFile(draft, JSON.stringify(strike));
    await rename(draft, file);
    const disarm = async () => {
      try {
        await rename(file, draft);
        await rm(draft);
        this.#claims.emit(arm, undefined);
      } catch {
        // A process has reached it: the watcher reports which.
      }
    };
    return { claimed, disarm };
  }

  close(): void {
    this.#watcher.close();
  }
}

/** Dynamic batching: photos of one size that arrive close together share one run of the graph. */
import type { Size } from "../../../core/geometry/size.js";
import { toFault } from "./fault.js";
import type { RawMap } from "./provider.js";

export interface BatchLimits {
  /** Most photos in one run; 1 switches batching off. */
  readonly maxBatch: number;
  /** How long the first photo of a batch waits for others, in milliseconds. */
  readonly maxQueueDelayMs: number;
}

export type RunBatch = (batch: readonly Float32Array[], size: Size) => Promise<readonly RawMap[]>;

interface Waiting {
  readonly planes: Float32Array;
  resolve(map: RawMap): void;
  reject(error: unknown): void;
}

interface Group {
  readonly size: Size;
  readonly waiting: Waiting[];
  readonly timer: NodeJS.Timeout;
}

export class Batcher {
  readonly #run: RunBatch;
  readonly #limits: BatchLimits;
  readonly #groups = new Map<string, Group>();

  constructor(run: RunBatch, limits: BatchLimits) {
    this.#run = run;
    this.#limits = limits;
  }

  /** Infers planes [3, height, width], alone or together with others of their size. */
  infer(planes: Float32Array, size: Size): Promise<RawMap> {
    return new Promise((resolve, reject) => {
      const waiting = { planes, resolve, reject };
      if (this.#limits.maxBatch === 1) void this.#flush([waiting], size);
      else this.#enqueue(waiting, size);
    });
  }

  #enqueue(waiting: Waiting, size: Size): void {
    const key = `${size.width}×${size.height}`;
    let group = this.#groups.get(key);
    if (!group) {
      const timer = setTimeout(() => this.#flushGroup(key), this.#limits.maxQueueDelayMs);
      group = { size, waiting: [], timer };
      this.#groups.set(key, group);
    }
    group.waiting.push(waiting);
    if (group.waiting.length >= this.#limits.maxBatch) this.#flushGroup(key);
  }

  #flushGroup(key: string): void {
    const group = this.#groups.get(key);
    if (!group) return;
    this.#groups.delete(key);
    clearTimeout(group.timer);
    void this.#flush(group.waiting, group.size);
  }

  async #flush(batch: readonly Waiting[], size: Size): Promise<void> {
    try {
      const maps = await this.#run(
        batch.map(({ planes }) => planes),
        size,
      );
      for (const [i, { resolve, reject }] of batch.entries()) {
        const map = maps[i];
        if (map) resolve(map);
        else reject(new Error("the batch returned fewer maps than it had photos"));
      }
    } catch (error) {
      // A single photo may fit into the memory that the whole batch exceeded.
      if (batch.length > 1 && toFault(error).kind === "out-of-memory") {
        for (const photo of batch) await this.#flush([photo], size);
      } else for (const { reject } of batch) reject(error);
    }
  }
}

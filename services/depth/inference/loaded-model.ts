/** A model as a session that is ready, with what its runs have taken. */
import type { Size } from "../../../core/geometry/size.js";
import type { ModelEntry, ModelProvider } from "../../../models/manifest.js";
import type { InstalledFile } from "../../../models/registry.js";
import { Batcher, type BatchLimits } from "./batcher.js";
import type { ModelContract } from "./contract.js";
import { withDeadline } from "./deadline.js";
import { type FaultKind, InferenceFault } from "./fault.js";
import type { GraphSession } from "./provider.js";
import { batchTensor, graphNames, type RawMap, splitMaps } from "./provider.js";

export interface ModelStatistics {
  /** Photos that went through. */
  readonly photos: number;
  /** Runs of the graph; fewer than photos where they were batched. */
  readonly runs: number;
  readonly totalMs: number;
  readonly maxMs: number;
  /** Photos under way. */
  readonly running: number;
  /** Failed attempts by their kind. */
  readonly faults: ReadonlyMap<FaultKind, number>;
}

export interface LoadedModelOptions {
  readonly entry: ModelEntry;
  readonly contract: ModelContract;
  readonly file: InstalledFile;
  readonly provider: ModelProvider;
  readonly session: GraphSession;
  readonly batching: BatchLimits;
  /** Longest run. */
  readonly timeoutMs: number;
}

export class LoadedModel {
  readonly entry: ModelEntry;
  readonly contract: ModelContract;
  readonly file: InstalledFile;
  readonly provider: ModelProvider;
  readonly #session: GraphSession;
  readonly #batcher: Batcher;
  readonly #names: ReturnType<typeof graphNames>;
  readonly #timeoutMs: number;
  /** One run at a time: a CPU's cores, or a GPU, are busy with one. Its time counts from its own beginning. */
  #queue: Promise<unknown> = Promise.resolve();
  /** A run has not ended in time; nothing behind it ever will. */
  #stuck = false;
  readonly #faults = new Map<FaultKind, number>();
  #photos = 0;
  #runs = 0;
  #totalMs = 0;
  #maxMs = 0;
  #running = 0;
  #holders = 0;
  #retired = false;
  #released = false;

  /** Throws MODEL_CORRUPT when the graph's names are not those of the contract. */
  constructor(options: LoadedModelOptions) {
    const { entry, contract, file, provider, session, batching } = options;
    this.entry = entry;
    this.contract = contract;
    this.file = file;
    this.provider = provider;
    this.#session = session;
    this.#timeoutMs = options.timeoutMs;
    this.#names = graphNames(session, contract.input, contract.output);
    // A CPU gains nothing from batches: one photo keeps all its cores busy.
    const batches = contract.batchable && provider !== "cpu";
    const limits = batches ? batching : { maxBatch: 1, maxQueueDelayMs: 0 };
    this.#batcher = new Batcher((batch, size) => this.#enqueue(batch, size), limits);
  }

  get statistics(): ModelStatistics {
    return {
      photos: this.#photos,
      runs: this.#runs,
      totalMs: this.#totalMs,
      maxMs: this.#maxMs,
      running: this.#running,
      faults: this.#faults,
    };
  }

  /** Bytes that one run at this size is expected to need beyond the weights. */
  memoryBytes({ width, height }: Size): number {
    return width * height * this.contract.memory.bytesPerInputPixel;
  }

  /**
   * Keep the session from being freed until the result is called. Undefined when it was freed already: the pool has been
   * faster, and gives another.
   */
  hold(): (() => Promise<void>) | undefined {
    if (this.#released) return undefined;
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
      return this.#releaseWhenIdle();
    };
  }

  /** Planes [3, height, width], normalized, to the raw output. For holders. */
  async infer(planes: Float32Array, size: Size): Promise<RawMap> {
    this.#running += 1;
    try {
      const map = await this.#batcher.infer(planes, size);
      this.#photos += 1;
      return map;
    } finally {
      this.#running -= 1;
      await this.#releaseWhenIdle();
    }
  }

  countFault(kind: FaultKind): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  /** Free the session as soon as nobody holds it and nothing runs on it. A run that never ends keeps it. */
  retire(): Promise<void> {
    this.#retired = true;
    return this.#releaseWhenIdle();
  }

  async #releaseWhenIdle(): Promise<void> {
    if (!this.#retired || this.#released || this.#holders > 0 || this.#running > 0) return;
    this.#released = true;
    // What cannot be freed is gone for us all the same; no result may fail for it.
    await this.#session.release().catch(() => {});
  }

  #enqueue(batch: readonly Float32Array[], size: Size): Promise<readonly RawMap[]> {
    const run = this.#queue.then(() => this.#run(batch, size));
    this.#queue = run.catch(() => {});
    return run;
  }

  async #run(batch: readonly Float32Array[], size: Size): Promise<readonly RawMap[]> {
    if (this.#stuck) throw new InferenceFault("timed-out", "an earlier run has not ended");
    const startedAtMs = performance.now();
    const input = batchTensor(batch, size, this.contract.input.layout);
    const output = await this.#watched(
      this.#session.run(this.#names.input, input, this.#names.output),
    );
    const tookMs = performance.now() - startedAtMs;
    this.#runs += 1;
    this.#totalMs += tookMs;
    this.#maxMs = Math.max(this.#maxMs, tookMs);
    return splitMaps(output, batch.length);
  }

  /** The session stays in use until a run that took too long does end. */
  async #watched<T>(run: Promise<T>): Promise<T> {
    const drop = this.hold();
    const ended = run.then(drop, drop);
    try {
      return await withDeadline(run, this.#timeoutMs);
    } catch (error) {
      this.#stuck = error instanceof InferenceFault && error.kind === "timed-out";
      throw error;
    } finally {
      // Where it has ended its hold is gone before the answer is.
      if (!this.#stuck) await ended;
    }
  }
}

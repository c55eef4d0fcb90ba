/** A model that is loaded: its session, its queue of runs, and statistics of them. */
import type { Size } from "../../../core/geometry/size.js";
import type { ModelEntry, ModelProvider } from "../../../models/manifest.js";
import type { InstalledFile } from "../../../models/registry.js";
import { Batcher, type BatchLimits } from "./batcher.js";
import type { ModelContract } from "./contract.js";
import { type FaultKind, InferenceFault, inferenceDeadline } from "./fault.js";
import type { GraphSession } from "./provider.js";
import { batchTensor, graphNames, type RawMap, splitMaps } from "./provider.js";

export interface ModelStatistics {
  /** Photos that have been inferred. */
  readonly photos: number;
  /** Runs of the graph: fewer than photos if some were batched. */
  readonly runs: number;
  readonly totalMs: number;
  readonly maxMs: number;
  /** Photos in progress or waiting. */
  readonly running: number;
  /** Number of failed attempts per kind of fault. */
  readonly faults: ReadonlyMap<FaultKind, number>;
}

export interface LoadedModelOptions {
  readonly entry: ModelEntry;
  readonly contract: ModelContract;
  readonly file: InstalledFile;
  readonly provider: ModelProvider;
  readonly session: GraphSession;
  readonly batching: BatchLimits;
  /** Time limit of one run. */
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
  /**
   * Runs are serialized, because a single run keeps all cores of a CPU, or a GPU, busy. The time
   * limit of a run counts from its own start.
   */
  #queue: Promise<unknown> = Promise.resolve();
  /** A run has exceeded its time limit, so that those behind it would wait forever. */
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

  /** Throws MODEL_CORRUPT when the graph lacks the input or output that the contract names. */
  constructor(options: LoadedModelOptions) {
    const { entry, contract, file, provider, session, batching } = options;
    this.entry = entry;
    this.contract = contract;
    this.file = file;
    this.provider = provider;
    this.#session = session;
    this.#timeoutMs = options.timeoutMs;
    this.#names = graphNames(session, contract.input, contract.output);
    // A CPU gains nothing from batches: a single photo keeps all its cores busy.
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

  /** Bytes of memory that a run at this input size needs beyond the weights, by estimate. */
  memoryBytes({ width, height }: Size): number {
    return width * height * this.contract.memory.bytesPerInputPixel;
  }

  /**
   * Keeps the session from being freed until the returned function is called. Undefined when the
   * pool has freed it already: acquire the model again.
   */
  hold(): (() => Promise<void>) | undefined {
    if (this.#released) return undefined;
    this.#holders += 1;
    return () => {
      this.#holders -= 1;
      return this.#releaseWhenIdle();
    };
  }

  /** Infers normalized planes [3, height, width]. Call it only while holding the model. */
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

  /** Frees the session once nobody holds it and nothing runs on it. A run without end keeps it. */
  retire(): Promise<void> {
    this.#retired = true;
    return this.#releaseWhenIdle();
  }

  async #releaseWhenIdle(): Promise<void> {
    if (!this.#retired || this.#released || this.#holders > 0 || this.#running > 0) return;
    this.#released = true;
    // The session is not used again in any case, so that a failed release must not fail a result.
    await this.#session.release().catch(() => {});
  }

  #enqueue(batch: readonly Float32Array[], size: Size): Promise<readonly RawMap[]> {
    const run = this.#queue.then(() => this.#run(batch, size));
    this.#queue = run.catch(() => {});
    return run;
  }

  async #run(batch: readonly Float32Array[], size: Size): Promise<readonly RawMap[]> {
    if (this.#stuck)
      throw new InferenceFault(
        "timed-out",
        "an earlier run has exceeded its time limit and has not ended",
      );
    const startedAtMs = performance.now();
    const input = batchTensor(batch, size, this.contract.input.layout);
    const output = await this.#limited(
      this.#session.run(this.#names.input, input, this.#names.output),
    );
    const tookMs = performance.now() - startedAtMs;
    this.#runs += 1;
    this.#totalMs += tookMs;
    this.#maxMs = Math.max(this.#maxMs, tookMs);
    return splitMaps(output, batch.length);
  }

  /** Applies the time limit. The session stays held until a late run has really ended. */
  async #limited<T>(run: Promise<T>): Promise<T> {
    const drop = this.hold();
    const ended = run.then(drop, drop);
    try {
      return await inferenceDeadline(run, this.#timeoutMs);
    } catch (error) {
      this.#stuck = error instanceof InferenceFault && error.kind === "timed-out";
      throw error;
    } finally {
      // A run that has ended gives its hold back before its result is returned.
      if (!this.#stuck) await ended;
    }
  }
}

/** The pool of loaded models: one session per model and provider, with LRU eviction. */
import type { Log } from "../../../kit/log.js";
import type { ModelEntry } from "../../../models/manifest.js";
import type { ModelRegistry } from "../../../models/registry.js";
import type { BatchLimits } from "./batcher.js";
import { contractOf } from "./contract.js";
import { inferenceDeadline } from "./fault.js";
import { LoadedModel } from "./loaded-model.js";
import type { GraphSession, InferenceProvider } from "./provider.js";

export interface ModelPoolOptions {
  readonly registry: ModelRegistry;
  readonly batching: BatchLimits;
  /** Most sessions kept at once. */
  readonly maxLoaded: number;
  /** Time limit of a load, and of a run, of a model. */
  readonly timeoutMs: number;
  readonly log: Log;
}

export class ModelPool {
  readonly #options: ModelPoolOptions;
  /** Sorted by their last use, least recent first. */
  readonly #models = new Map<string, Promise<LoadedModel>>();
  /** The models of `#models` that have been loaded. */
  readonly #ready = new Map<string, LoadedModel>();

  constructor(options: ModelPoolOptions) {
    this.#options = options;
  }

  get loaded(): readonly LoadedModel[] {
    return [...this.#ready.values()];
  }

  /** Returns the model, loaded if necessary. Throws the MODEL_ reasons and provider errors. */
  acquire(entry: ModelEntry, provider: InferenceProvider): Promise<LoadedModel> {
    const key = keyOf(entry.name, provider.name);
    const known = this.#models.get(key);
    if (known) {
      this.#models.delete(key);
      this.#models.set(key, known);
      return known;
    }
    const loading = this.#load(entry, provider);
    this.#models.set(key, loading);
    loading.then(
      (model) => {
        if (this.#models.get(key) === loading) this.#ready.set(key, model);
        else void model.retire();
      },
      // Forgotten, so that a file that has been replaced since is tried again.
      () => this.#models.get(key) === loading && this.#models.delete(key),
    );
    this.#makeRoom();
    return loading;
  }

  /** Forgets a model on all providers; its running work goes on. Returns their number. */
  unload(name: string): number {
    const keys = [...this.#models.keys()].filter((key) => key.startsWith(`${name}/`));
    for (const key of keys) this.#drop(key);
    return keys.length;
  }

  /** Forgets a model whose session has failed: the next attempt opens a new one. */
  discard({ entry, provider }: LoadedModel): void {
    this.#drop(keyOf(entry.name, provider));
  }

  close(): void {
    for (const key of [...this.#models.keys()]) this.#drop(key);
  }

  #makeRoom(): void {
    for (const key of this.#models.keys()) {
      if (this.#models.size <= this.#options.maxLoaded) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#models.delete(key);
    const model = this.#ready.get(key);
    this.#ready.delete(key);
    void model?.retire();
  }

  async #load(entry: ModelEntry, provider: InferenceProvider): Promise<LoadedModel> {
    const { registry, batching, timeoutMs, log } = this.#options;
    const startedAtMs = performance.now();
    const file = await registry.fileFor(entry, provider.name);
    const contract = contractOf(entry);
    const bytes = await registry.read(entry, file);
    const session = await openInTime(provider, bytes, timeoutMs);
    const model = new LoadedModel({
      ...{ entry, contract, file, session, batching, timeoutMs },
      provider: provider.name,
    });
    const tookMs = Math.round(performance.now() - startedAtMs);
    const { precision } = file;
    log.info({ model: entry.name, provider: provider.name, precision, tookMs }, "model loaded");
    return model;
  }
}

/** Opens a session within the time limit; a session that is ready too late is released at once. */
async function openInTime(
  provider: InferenceProvider,
  bytes: Uint8Array,
  timeoutMs: number,
): Promise<GraphSession> {
  const opening = provider.open(bytes);
  try {
    return await inferenceDeadline(opening, timeoutMs);
  } catch (error) {
    opening.then(
      (session) => session.release(),
      () => {},
    );
    throw error;
  }
}

const keyOf = (name: string, provider: string) => `${name}/${provider}`;

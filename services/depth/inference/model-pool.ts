/** The models that are loaded: each once a provider, the one unused for longest making room for a new one. */
import type { Log } from "../../../kit/log.js";
import type { ModelEntry } from "../../../models/manifest.js";
import type { ModelRegistry } from "../../../models/registry.js";
import type { BatchLimits } from "./batcher.js";
import { contractOf } from "./contract.js";
import { withDeadline } from "./deadline.js";
import { LoadedModel } from "./loaded-model.js";
import type { GraphSession, InferenceProvider } from "./provider.js";

export interface ModelPoolOptions {
  readonly registry: ModelRegistry;
  readonly batching: BatchLimits;
  /** Sessions kept at once. */
  readonly maxLoaded: number;
  /** Longest load and longest run of a model. */
  readonly timeoutMs: number;
  readonly log: Log;
}

export class ModelPool {
  readonly #options: ModelPoolOptions;
  /** In the order of their last use. */
  readonly #models = new Map<string, Promise<LoadedModel>>();
  /** Those of them that are ready. */
  readonly #ready = new Map<string, LoadedModel>();

  constructor(options: ModelPoolOptions) {
    this.#options = options;
  }

  get loaded(): readonly LoadedModel[] {
    return [...this.#ready.values()];
  }

  /** The model on a provider, loaded if need be. Throws the MODEL_ errors, and what the provider throws. */
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
      // A file that was mended must be tried again.
      () => this.#models.get(key) === loading && this.#models.delete(key),
    );
    this.#makeRoom();
    return loading;
  }

  /** Forget a model on all providers; its session is freed when its runs have ended. Returns how many there were. */
  unload(name: string): number {
    const keys = [...this.#models.keys()].filter((key) => key.startsWith(`${name}/`));
    for (const key of keys) this.#drop(key);
    return keys.length;
  }

  /** Forget one model that has misbehaved: the next attempt gets a new session. */
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

/** A session that comes too late is freed again. */
async function openInTime(
  provider: InferenceProvider,
  bytes: Uint8Array,
  timeoutMs: number,
): Promise<GraphSession> {
  const opening = provider.open(bytes);
  try {
    return await withDeadline(opening, timeoutMs);
  } catch (error) {
    opening.then(
      (session) => session.release(),
      () => {},
    );
    throw error;
  }
}

const keyOf = (name: string, provider: string) => `${name}/${provider}`;

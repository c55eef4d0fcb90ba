/** Puts the engine together from settings, with the default model warm. */
import { totalmem } from "node:os";
import { modelInputSize } from "../../../core/depthmap/model-size.js";
import { WeightedSemaphore } from "../../../kit/async/semaphore.js";
import type { Log } from "../../../kit/log.js";
import type { ModelEntry } from "../../../models/manifest.js";
import { type ModelRegistry, openRegistry } from "../../../models/registry.js";
import type { DepthConfig } from "../config.js";
import type { PixelThread } from "../pixels/pixel-thread.js";
import { DepthEngine } from "./engine.js";
import { ModelPool } from "./model-pool.js";
import { cudaInstalled, onnxProvider } from "./onnx-provider.js";
import type { InferenceProvider } from "./provider.js";

const MIB = 1024 * 1024;

export interface OpenEngine {
  readonly registry: ModelRegistry;
  readonly pool: ModelPool;
  /** Best first. */
  readonly providers: readonly InferenceProvider[];
  readonly engine: DepthEngine;
}

export type EngineSettings = Pick<
  DepthConfig,
  | "models"
  | "allowNonCommercial"
  | "provider"
  | "threads"
  | "memoryMib"
  | "gpuMemoryMib"
  | "maxBatch"
  | "maxQueueDelayMs"
  | "maxLoaded"
  | "inferenceTimeoutMs"
>;

export async function openEngine(
  config: EngineSettings,
  pixels: PixelThread,
  log: Log,
): Promise<OpenEngine> {
  const registry = openRegistry(config);
  const { maxBatch, maxQueueDelayMs, maxLoaded, inferenceTimeoutMs: timeoutMs } = config;
  const pool = new ModelPool({
    ...{ registry, batching: { maxBatch, maxQueueDelayMs }, maxLoaded, timeoutMs, log },
  });
  const providers = await warmProviders(config, registry, pool, log);
  const memory = new Map(
    providers.map((provider) => [provider, new WeightedSemaphore(memoryBytes(provider, config))]),
  );
  const engine = new DepthEngine({ registry, pool, providers, memory, pixels, log });
  return { registry, pool, providers, engine };
}

/** The wanted providers, each with the default model warm; with `auto` those on which it does not run are left out. */
async function warmProviders(
  { provider, threads }: EngineSettings,
  registry: ModelRegistry,
  pool: ModelPool,
  log: Log,
): Promise<InferenceProvider[]> {
  const cpu = onnxProvider("cpu", threads);
  const cuda = onnxProvider("cuda", threads);
  const entry = await registry.best().catch((error) => {
    log.error({ err: error }, "no model can be run; depth is estimated without one");
    return undefined;
  });
  const tryCuda = provider === "cuda" || (provider === "auto" && cudaInstalled());
  const cudaWarm = tryCuda && (await warm(entry, cuda, pool, log));
  await warm(entry, cpu, pool, log);
  return provider === "cuda" || cudaWarm ? [cuda, cpu] : [cpu];
}

const WARM_UP_ASPECT = { width: 4, height: 3 };

async function warm(
  entry: ModelEntry | undefined,
  provider: InferenceProvider,
  pool: ModelPool,
  log: Log,
): Promise<boolean> {
  if (!entry) return false;
  try {
    const model = await pool.acquire(entry, provider);
    // The first run allocates, and finds what loading did not: a CUDA without its libraries, for one.
    const size = modelInputSize(WARM_UP_ASPECT, model.contract.input.size);
    const nothing = new Float32Array(3 * size.width * size.height);
    await model.infer(nothing, size);
    return true;
  } catch (error) {
    // Not there in the usual build of onnxruntime; the chain, or its next provider, does without.
    const why = error instanceof Error ? error.message : String(error);
    log.info({ model: entry.name, provider: provider.name, why }, "model not warm");
    return false;
  }
}

function memoryBytes({ name }: InferenceProvider, config: EngineSettings): number {
  if (name === "cuda") return config.gpuMemoryMib * MIB;
  if (config.memoryMib > 0) return config.memoryMib * MIB;
  // Zero, or more than there is, where no container limits it.
  const limit = process.constrainedMemory();
  return (limit > 0 ? Math.min(limit, totalmem()) : totalmem()) / 2;
}

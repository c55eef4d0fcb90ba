/** Builds the depth engine from the settings and warms up the default model. */
import { modelInputSize } from "../../../core/depthmap/model-contract.js";
import { WeightedSemaphore } from "../../../kit/async/semaphore.js";
import type { Log } from "../../../kit/log.js";
import { machineMemoryBytes } from "../../../kit/process/machine-memory.js";
import { limitedProcessors } from "../../../kit/process/processors.js";
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
  /** Sorted best first. */
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

/**
 * The providers of the settings, each with the default model warmed up. `auto` leaves CUDA out if
 * the model does not run there.
 */
async function warmProviders(
  { provider, threads }: EngineSettings,
  registry: ModelRegistry,
  pool: ModelPool,
  log: Log,
): Promise<InferenceProvider[]> {
  // onnxruntime's own choice is a thread for each core of the machine.
  const onCpu = threads || (limitedProcessors() ?? 0);
  const cpu = onnxProvider("cpu", onCpu);
  const cuda = onnxProvider("cuda", onCpu);
  const entry = await registry.best().catch((error) => {
    log.error(
      { err: error },
      "no model is installed that can run; depth is estimated without a model",
    );
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
    // The first run allocates memory, and fails where loading did not: CUDA without its libraries,
    // for example.
    const size = modelInputSize(WARM_UP_ASPECT, model.contract.input.size);
    const black = new Float32Array(3 * size.width * size.height);
    await model.infer(black, size);
    return true;
  } catch (error) {
    // The usual build of onnxruntime has no CUDA. The fallback chain works without this provider.
    const why = error instanceof Error ? error.message : String(error);
    log.info({ model: entry.name, provider: provider.name, why }, "the model cannot be warmed up");
    return false;
  }
}

function memoryBytes({ name }: InferenceProvider, config: EngineSettings): number {
  if (name === "cuda") return config.gpuMemoryMib * MIB;
  if (config.memoryMib > 0) return config.memoryMib * MIB;
  return machineMemoryBytes() / 2;
}

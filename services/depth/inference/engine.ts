/** Estimates the disparity of a photo by the fallback chain, and records each step down. */
import { createHash } from "node:crypto";
import { trace } from "@opentelemetry/api";
import { scaledRule } from "../../../core/depthmap/model-contract.js";
import type { EdgeQuality } from "../../../core/depthmap/refine.js";
import { toDepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import type { Degradation } from "../../../core/spec/note.js";
import { abortable } from "../../../kit/async/abort.js";
import type { WeightedSemaphore } from "../../../kit/async/semaphore.js";
import type { Log } from "../../../kit/log.js";
import type { ModelEntry } from "../../../models/manifest.js";
import { AUTO_MODEL, type ModelRegistry } from "../../../models/registry.js";
import type { PixelThread } from "../pixels/pixel-thread.js";
import { type Attempt, attemptLabel, NO_MODEL, planAttempts, remainingAttempts } from "./chain.js";
import { faultError, InferenceFault, reasonOf, toFault } from "./fault.js";
import type { LoadedModel } from "./loaded-model.js";
import type { ModelPool } from "./model-pool.js";
import type { InferenceProvider } from "./provider.js";

export interface EstimateRequest extends Size {
  /** 8-bit RGB interleaved, [height, width, 3]. */
  readonly rgb: Uint8Array;
  /** A model name of the manifest, or `auto`. */
  readonly model: string;
  /** `forbid` makes the first fault an error instead of a step down the chain. */
  readonly degradePolicy: "allow" | "forbid";
  readonly signal: AbortSignal;
}

export interface DepthEstimate extends Size {
  /** Up to scale and shift, larger = nearer, [height, width]. */
  readonly disparity: Float32Array;
  readonly edges: EdgeQuality;
  /** Smallest and largest raw output of the model. */
  readonly rawMinimum: number;
  readonly rawMaximum: number;
  /** The model, and the SHA-256 of its file; `none` and an empty string without a model. */
  readonly model: string;
  readonly modelSha256: string;
  readonly provider: string;
  readonly degradations: readonly Degradation[];
}

type MadeMap = Omit<DepthEstimate, "degradations">;

export interface DepthEngineOptions {
  readonly registry: ModelRegistry;
  readonly pool: ModelPool;
  /** Sorted best first. */
  readonly providers: readonly InferenceProvider[];
  /** One semaphore per provider; it counts bytes of memory. */
  readonly memory: ReadonlyMap<InferenceProvider, WeightedSemaphore>;
  readonly pixels: Pick<PixelThread, "prepare" | "interpret" | "heuristic">;
  readonly log: Log;
}

export class DepthEngine {
  readonly #options: DepthEngineOptions;

  constructor(options: DepthEngineOptions) {
    this.#options = options;
  }

  /**
   * The manifest entry of a model name or of `auto`. Throws MODEL_UNKNOWN, MODEL_LICENCE_FORBIDDEN
   * or MODEL_NOT_INSTALLED.
   */
  async resolve(name: string): Promise<ModelEntry> {
    const { registry } = this.#options;
    if (name === AUTO_MODEL || name === "") return registry.best();
    const entry = registry.find(name);
    await registry.fileFor(entry, "cpu");
    return entry;
  }

  /**
   * SHA-256 of the model's file and contract, which decide an estimate when nothing fails; empty
   * without any model. Throws as `resolve` does.
   */
  async fingerprint(name: string): Promise<string> {
    const { registry, providers } = this.#options;
    const entry = await this.#resolveOrNone(name);
    if (!entry) return "";
    const { sha256 } = await registry.fileFor(entry, providers[0]?.name ?? "cpu");
    return createHash("sha256").update(sha256).update(JSON.stringify(entry.contract)).digest("hex");
  }

  /**
   * Always returns a map when stepping down is allowed. Throws as `resolve` does, the fault as an
   * error when stepping down is forbidden, and the reason of the signal.
   */
  async estimate(request: EstimateRequest): Promise<DepthEstimate> {
    const { registry, providers } = this.#options;
    const entry = await this.#resolveOrNone(request.model);
    if (!entry && request.degradePolicy === "forbid") await this.resolve(request.model);
    const degradations: Degradation[] = [];
    let attempts = entry ? planAttempts(entry, registry.builtIn, providers) : [];
    for (let attempt = attempts[0]; attempt; attempt = attempts[0]) {
      const result = await this.#try(attempt, request);
      if (!(result instanceof InferenceFault)) return { ...result, degradations };
      attempts = remainingAttempts(attempts, result.kind);
      degradations.push(this.#stepDown(attempt, attempts[0], result));
    }
    return { ...(await this.#withoutModel(request)), degradations };
  }

  /** Undefined for `auto` when no model is installed: the estimate without a model remains. */
  async #resolveOrNone(name: string): Promise<ModelEntry | undefined> {
    const resolved = this.resolve(name);
    if (name !== AUTO_MODEL && name !== "") return resolved;
    return resolved.catch((error) => {
      if (toDepthmeshError(error).reason === "MODEL_NOT_INSTALLED") return undefined;
      throw error;
    });
  }

  /** The map, or the fault because of which the engine steps down. */
  async #try(attempt: Attempt, request: EstimateRequest): Promise<MadeMap | InferenceFault> {
    const { signal, degradePolicy } = request;
    try {
      return await this.#attempt(attempt, request);
    } catch (thrown) {
      signal.throwIfAborted();
      const fault = toFault(thrown);
      const { entry, provider } = attempt;
      if (degradePolicy === "forbid") throw faultError(fault, entry.name, provider.name);
      return fault;
    }
  }

  #stepDown(from: Attempt, to: Attempt | undefined, fault: InferenceFault): Degradation {
    const step: Degradation = {
      from: attemptLabel(from),
      to: attemptLabel(to),
      reason: reasonOf(fault, from.provider.name),
      detail: fault.kind,
    };
    this.#options.log.warn({ ...step, err: fault }, "depth steps down");
    trace.getActiveSpan()?.addEvent("degraded", { ...step });
    return step;
  }

  async #attempt(attempt: Attempt, request: EstimateRequest): Promise<MadeMap> {
    const { pool } = this.#options;
    for (;;) {
      const loading = pool.acquire(attempt.entry, attempt.provider);
      const model = await abortable(loading, request.signal);
      const drop = model.hold();
      if (!drop) continue;
      try {
        return await this.#estimateWith(model, attempt, request);
      } finally {
        await drop();
      }
    }
  }

  async #estimateWith(
    model: LoadedModel,
    { provider, scale }: Attempt,
    { signal, rgb, width, height }: EstimateRequest,
  ): Promise<MadeMap> {
    const { pixels } = this.#options;
    const { input, output, flipAverage, blendHeuristic, edges } = model.contract;
    const size = scale === 1 ? input.size : scaledRule(input.size, scale);
    if (!size) throw new InferenceFault("out-of-memory", "the model accepts only one input size");
    const prepared = await pixels.prepare({
      ...{ rgb, photo: { width, height }, input: { ...input, size } },
      mirrored: flipAverage,
    });
    signal.throwIfAborted();
    const raws = await this.#run(model, provider, prepared, signal);
    const read = await pixels.interpret({
      ...{ ...raws, output },
      ...(blendHeuristic && { blendFor: { rgb, photo: { width, height } } }),
    });
    if (read.fault)
      throw this.#countFault(model, new InferenceFault(read.fault, "the output is unusable"));
    const { disparity, rawMinimum, rawMaximum } = read;
    return {
      ...{
        disparity,
        edges,
        rawMinimum,
        rawMaximum,
        width: raws.raw.width,
        height: raws.raw.height,
      },
      ...{ model: model.entry.name, modelSha256: model.file.sha256, provider: provider.name },
    };
  }

  /** Runs the model once the provider has enough memory free for it. */
  async #run(
    model: LoadedModel,
    provider: InferenceProvider,
    { modelSize, tensor, mirroredTensor }: Awaited<ReturnType<PixelThread["prepare"]>>,
    signal: AbortSignal,
  ) {
    const { memory, pool } = this.#options;
    const semaphore = memory.get(provider);
    const bytes = model.memoryBytes(modelSize);
    if (semaphore && bytes > semaphore.capacity) {
      const message = `the run needs about ${bytes} bytes, the limit is ${semaphore.capacity}`;
      throw this.#countFault(model, new InferenceFault("out-of-memory", message));
    }
    const leave = await semaphore?.enter(bytes, signal);
    try {
      const infer = (planes: Float32Array) => abortable(model.infer(planes, modelSize), signal);
      const raw = await infer(tensor);
      const rawMirrored = mirroredTensor && (await infer(mirroredTensor));
      return { raw, ...(rawMirrored && { rawMirrored }) };
    } catch (thrown) {
      signal.throwIfAborted();
      const fault = this.#countFault(model, toFault(thrown));
      if (fault.kind === "timed-out" || fault.kind === "threw") pool.discard(model);
      throw fault;
    } finally {
      leave?.();
    }
  }

  #countFault(model: LoadedModel, fault: InferenceFault): InferenceFault {
    model.countFault(fault.kind);
    return fault;
  }

  async #withoutModel({ rgb, width, height }: EstimateRequest): Promise<MadeMap> {
    const { values: disparity, ...map } = await this.#options.pixels.heuristic({
      rgb,
      photo: { width, height },
    });
    return {
      ...{ disparity, ...map, rawMinimum: 0, rawMaximum: 1 },
      ...{ model: NO_MODEL, modelSha256: "", provider: "cpu" },
    };
  }
}

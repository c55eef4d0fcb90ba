/** A photo's disparity by the best way that works: down the chain of attempts, each step recorded. */
import { createHash } from "node:crypto";
import { trace } from "@opentelemetry/api";
import type { EdgeQuality } from "../../../core/depthmap/align.js";
import { scaledRule } from "../../../core/depthmap/model-size.js";
import { toDepthmeshError } from "../../../core/errors.js";
import type { Size } from "../../../core/geometry/size.js";
import type { Degradation } from "../../../core/spec/depth-notes.js";
import type { WeightedSemaphore } from "../../../kit/async/semaphore.js";
import type { Log } from "../../../kit/log.js";
import type { ModelEntry } from "../../../models/manifest.js";
import { AUTO_MODEL, type ModelRegistry } from "../../../models/registry.js";
import type { PixelThread } from "../pixels/pixel-thread.js";
import { type Attempt, attemptLabel, NO_MODEL, planAttempts, remainingAttempts } from "./chain.js";
import { untilAborted } from "./deadline.js";
import { faultError, InferenceFault, reasonOf, toFault } from "./fault.js";
import type { LoadedModel } from "./loaded-model.js";
import type { ModelPool } from "./model-pool.js";
import type { InferenceProvider } from "./provider.js";

export interface EstimateRequest extends Size {
  /** 8-bit RGB interleaved, [height, width, 3]. */
  readonly rgb: Uint8Array;
  /** A name of the manifest, or `auto`. */
  readonly model: string;
  /** `forbid`: the first fault is an error instead of a step down. */
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
  /** Who made it, and the SHA-256 of its file; `none` and empty without a model. */
  readonly model: string;
  readonly modelSha256: string;
  readonly provider: string;
  readonly degradations: readonly Degradation[];
}

type MadeMap = Omit<DepthEstimate, "degradations">;

export interface DepthEngineOptions {
  readonly registry: ModelRegistry;
  readonly pool: ModelPool;
  /** Best first. */
  readonly providers: readonly InferenceProvider[];
  /** In bytes of memory, for each provider. */
  readonly memory: ReadonlyMap<InferenceProvider, WeightedSemaphore>;
  readonly pixels: Pick<PixelThread, "prepare" | "interpret" | "heuristic">;
  readonly log: Log;
}

export class DepthEngine {
  readonly #options: DepthEngineOptions;

  constructor(options: DepthEngineOptions) {
    this.#options = options;
  }

  /** The entry that a name stands for. Throws MODEL_UNKNOWN, MODEL_LICENCE_FORBIDDEN or MODEL_NOT_INSTALLED. */
  async resolve(name: string): Promise<ModelEntry> {
    const { registry } = this.#options;
    if (name === AUTO_MODEL || name === "") return registry.best();
    const entry = registry.find(name);
    await registry.fileFor(entry, "cpu");
    return entry;
  }

  /**
   * SHA-256 of what an estimate by this name is made with where nothing fails: the model's file and its contract. Throws
   * as `resolve`.
   */
  async fingerprint(name: string): Promise<string> {
    const { registry, providers } = this.#options;
    const entry = await this.#resolveOrNone(name);
    if (!entry) return "";
    const { sha256 } = await registry.fileFor(entry, providers[0]?.name ?? "cpu");
    return createHash("sha256").update(sha256).update(JSON.stringify(entry.contract)).digest("hex");
  }

  /** Never without a map where stepping down is allowed. Throws as `resolve`, and what the signal says. */
  async estimate(request: EstimateRequest): Promise<DepthEstimate> {
    const { registry, providers } = this.#options;
    const entry = await this.#resolveOrNone(request.model);
    if (!entry && request.degradePolicy === "forbid") await this.resolve(request.model);
    const degradations: Degradation[] = [];
    let attempts = entry ? planAttempts(entry, registry.builtIn, providers) : [];
    for (let attempt = attempts[0]; attempt; attempt = attempts[0]) {
      const outcome = await this.#try(attempt, request);
      if (!(outcome instanceof InferenceFault)) return { ...outcome, degradations };
      attempts = remainingAttempts(attempts, outcome.kind);
      degradations.push(this.#stepDown(attempt, attempts[0], outcome));
    }
    return { ...(await this.#withoutModel(request)), degradations };
  }

  /** `auto` asks for nothing that could be missing: without any model there is still an estimate. */
  async #resolveOrNone(name: string): Promise<ModelEntry | undefined> {
    const resolved = this.resolve(name);
    if (name !== AUTO_MODEL && name !== "") return resolved;
    return resolved.catch((error) => {
      if (toDepthmeshError(error).reason === "MODEL_NOT_INSTALLED") return undefined;
      throw error;
    });
  }

  /** The map, or the fault that a step down answers. */
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
      const model = await untilAborted(loading, request.signal);
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
    if (!size) throw new InferenceFault("out-of-memory", "the model takes one size only");
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
    if (read.fault) throw this.#count(model, new InferenceFault(read.fault, "unusable output"));
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

  /** Inference proper, within the memory that its provider has. */
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
      const message = `${bytes} bytes estimated, ${semaphore.capacity} there`;
      throw this.#count(model, new InferenceFault("out-of-memory", message));
    }
    const leave = await semaphore?.enter(bytes, signal);
    try {
      const infer = (planes: Float32Array) => untilAborted(model.infer(planes, modelSize), signal);
      const raw = await infer(tensor);
      const rawMirrored = mirroredTensor && (await infer(mirroredTensor));
      return { raw, ...(rawMirrored && { rawMirrored }) };
    } catch (thrown) {
      signal.throwIfAborted();
      const fault = this.#count(model, toFault(thrown));
      if (fault.kind === "timed-out" || fault.kind === "threw") pool.discard(model);
      throw fault;
    } finally {
      leave?.();
    }
  }

  #count(model: LoadedModel, fault: InferenceFault): InferenceFault {
    model.countFault(fault.kind);
    return fault;
  }

  async #withoutModel({ rgb, width, height }: EstimateRequest): Promise<MadeMap> {
    const disparity = await this.#options.pixels.heuristic({ rgb, photo: { width, height } });
    return {
      ...{ disparity, edges: "sharp", width, height, rawMinimum: 0, rawMaximum: 1 },
      ...{ model: NO_MODEL, modelSha256: "", provider: "cpu" },
    };
  }
}

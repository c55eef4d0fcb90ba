/**
 * The order handler of render: pulls the photo and the disparity map, opens the scene, stores the
 * stills, and serves frames until the job has ended (rule 7).
 */
import { DepthmeshError } from "../../core/errors.js";
import { largeOutputNotes } from "../../core/output/expected-size.js";
import { cutoutNotes, sceneData } from "../../core/scene/clip/clip-scene.js";
import { clipPath } from "../../core/scene/clip/clip-states.js";
import type { Quality } from "../../core/scene/quality.js";
import { isStill } from "../../core/spec/artifact-names.js";
import { checkPixelFrames } from "../../core/spec/resolve-clip.js";
import type { RenderOutput } from "../../core/spec/stage-output.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import { publishDecidedOrder } from "../../pipeline/orders/order.js";
import type { OrderRecovery } from "../../pipeline/orders/order-recovery.js";
import { holds, isLive, isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import { beginGeneration } from "../../pipeline/record/transitions.js";
import type { ResultCache } from "../../pipeline/results/result-cache.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import { rendererUnreachable } from "../../pipeline/worker/renderer-unreachable.js";
import { NotYet, type StageWork } from "../../pipeline/worker/stage-worker.js";
import type { RenderConfig } from "./config.js";
import { readJobSource } from "./job-source.js";
import type { Renderer } from "./renderer.js";
import type { ServedScenes } from "./served-scenes.js";
import { makeStills, stillMoments } from "./stills.js";
import { makeTakeaways } from "./takeaway/make-takeaways.js";
import type { TakeawayThread } from "./takeaway/takeaway-thread.js";

/** So many encode orders of a generation that reach no renderer mean that its address is wrong. */
const MAX_UNREACHABLE = 2;
/** How long render waits for an encoder that has all frames of an earlier generation. */
const ENCODER_FINISHING_MS = 5_000;

export interface RenderWorkerParts {
  readonly context: PipelineContext<RenderConfig>;
  readonly blobs: RemoteBlobs;
  readonly renderer: Renderer;
  readonly takeaways: TakeawayThread;
  readonly scenes: ServedScenes;
  readonly orderRecovery: OrderRecovery;
  /** The quality of jobs that name none. */
  readonly quality: Quality;
  readonly results: ResultCache;
}

/**
 * The change of the record with which render takes its stage: begins a new generation. Throws
 * NotYet while an encoder that has all frames of the last generation is still alive.
 */
export function takeRender(record: JobRecord, address: string): JobRecord {
  const { lease } = record.stages.encode;
  const nowMs = Date.now();
  if (isLive(lease, nowMs) && lease.framesComplete) throw new NotYet(ENCODER_FINISHING_MS);
  return beginGeneration(record, address, nowMs);
}

export async function handleRender(parts: RenderWorkerParts, work: StageWork): Promise<void> {
  const { context, scenes, blobs, renderer, quality } = parts;
  const { record, lease } = work;
  const source = await inSpan("pull", {}, () => readJobSource(blobs, record, lease.signal));
  lease.signal.throwIfAborted();
  const { spec } = source;
  // The gateway has checked this already, but against its own setting.
  checkPixelFrames(spec, source.photoSize, context.config.maxPixelFrames);
  const path = clipPath(source);
  const output: RenderOutput = { camera: source.camera.figures };
  // Beside the scene and the stills, in a thread of its own.
  const takeaways = makeTakeaways(blobs, work, parts.takeaways, source);
  // Awaited below; an error before that must not leave an unhandled rejection.
  takeaways.catch(() => {});
  if (record.lastStage === "render" && !spec.artifacts.some(isStill)) {
    await lease.commit({ output, artifacts: await takeaways, notes: source.camera.notes });
    await parts.results.remember(lease.record);
    return;
  }
  const data = sceneData(source, quality, stillMoments(spec));
  const scene = await inSpan("build mesh", {}, () => renderer.open(data));
  try {
    const stills = await makeStills(blobs, work, scene, source);
    const artifacts = [...stills, ...(await takeaways)];
    const large = largeOutputNotes(spec.outputs, spec.clip, scene.size);
    const notes = [...source.camera.notes, ...scene.notes, ...cutoutNotes(spec, data), ...large];
    const stageReport = { output, artifacts, notes };
    if (record.lastStage === "render") {
      await lease.commit(stageReport);
      await parts.results.remember(lease.record);
      return;
    }
    // Must come before the encode order: encode's commit ends the job, and an ended record takes no
    // artifacts.
    await lease.publish(stageReport);
    const { frameRate } = spec.clip;
    const { generation } = record;
    const report = (fraction: number) => lease.report(fraction);
    scenes.add(record.id, { generation, scene, path, frameRate, signal: lease.signal, report });
    await lease.persist(() => publishDecidedOrder(context.bus, record, "encode", lease.revision));
    await untilEncoded(parts, work);
  } finally {
    scenes.remove(record.id, record.generation);
    await scene.close();
  }
}

/** Counts the encode orders of one generation that ended without a finished clip. */
export class FailedEncodeOrders {
  #count = 0;
  #deferrals = 0;
  #unreachable = 0;

  /** Those whose encoder could not connect to this renderer, which is alive. */
  get unreachable(): number {
    return this.#unreachable;
  }

  /**
   * Orders that encode deferred do not count: a part of the mesh was away, and neither the clip nor
   * its frames are at fault.
   */
  get count(): number {
    return this.#count;
  }

  /** Call with the record as it was when an order was gone before the stage was done. */
  add({ stages }: Pick<JobRecord, "stages">): void {
    const { deferrals, unreachable = 0 } = stages.encode;
    if (deferrals <= this.#deferrals && unreachable <= this.#unreachable) this.#count += 1;
    this.#deferrals = deferrals;
    this.#unreachable = unreachable;
  }
}

/**
 * Waits until the job has ended. Replaces an encode order that ended without a clip, up to
 * `maxReorders` times; after that this order fails too, and the worker that takes render's stage
 * next begins a new generation.
 */
async function untilEncoded(parts: RenderWorkerParts, { record, lease }: StageWork): Promise<void> {
  const { store, log, config } = parts.context;
  const stop = new AbortController();
  const ended = AbortSignal.any([lease.signal, stop.signal]);
  const failed = new FailedEncodeOrders();
  // A poll beside the watch: an update that the watch missed costs at most one period, which the
  // lease bounds.
  const timer = setInterval(() => {
    recoverEncodeOrder(parts, record.id, lease.token)
      .then((reordered) => {
        if (reordered) failed.add(reordered);
        const { address = "" } = reordered?.stages.encode.order ?? {};
        if (failed.unreachable >= MAX_UNREACHABLE) lease.abort(rendererUnreachable(address));
        if (failed.count > config.maxReorders) {
          lease.abort(new DepthmeshError("ENCODER_CRASHED", "no encoder finished this clip"));
        }
      })
      .catch((error) => log.warn({ err: error, job: record.id }, "encode order not checked"));
  }, config.leaseMs / 6);
  try {
    for await (const current of store.watch(record.id, ended)) {
      if (current.state === "SUCCEEDED") return;
      if (isTerminal(current)) break;
    }
    if (!lease.signal.aborted) await lease.check();
    throw lease.signal.reason ?? new DepthmeshError("BUS_UNAVAILABLE", "the watch ended");
  } finally {
    clearInterval(timer);
    stop.abort();
  }
}

/**
 * Publishes encode's order again where it is lost. Returns the record as it was before a new order
 * had to be decided.
 */
async function recoverEncodeOrder(
  { context, orderRecovery }: RenderWorkerParts,
  job: string,
  token: string,
): Promise<JobRecord | undefined> {
  const current = await context.store.read(job);
  if (!current) return undefined;
  const taken = await orderRecovery.check(current.record, "encode", (latest) =>
    holds(latest, "render", token),
  );
  if (taken !== "none") context.log.info({ job, taken }, "encode order recovered");
  return taken === "decided-anew" ? current.record : undefined;
}

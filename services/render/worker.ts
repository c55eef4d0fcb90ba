/** The order handler: pull photo and disparity, build the scene, serve its frames until the job is over (rule 7). */
import { DepthmeshError } from "../../core/errors.js";
import type { Quality } from "../../core/scene/quality.js";
import { keptUnder } from "../../core/spec/kept-result.js";
import { checkPixelFrames } from "../../core/spec/pixel-frames.js";
import type { DepthOutput } from "../../core/spec/stage-output.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import { publishDecidedOrder } from "../../pipeline/orders/order.js";
import type { OrderRecovery } from "../../pipeline/orders/order-recovery.js";
import { holds, isLive, isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import { beginGeneration } from "../../pipeline/record/transitions.js";
import type { ResultCache } from "../../pipeline/results/result-cache.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import { NotYet, type StageWork } from "../../pipeline/worker/stage-worker.js";
import { clipPath, readJobSource, sceneData } from "./build-scene.js";
import type { RenderConfig } from "./config.js";
import type { Renderer } from "./renderer.js";
import type { ServedScenes } from "./served-scenes.js";
import { makeStills, stillMoments } from "./stills.js";

/** How long render waits for an encoder that has all frames of an earlier generation. */
const ENCODER_FINISHING_MS = 5_000;

export interface RenderWorkerParts {
  readonly context: PipelineContext<RenderConfig>;
  readonly blobs: RemoteBlobs;
  readonly renderer: Renderer;
  readonly scenes: ServedScenes;
  readonly orderRecovery: OrderRecovery;
  /** Of jobs that do not name one. */
  readonly quality: Quality;
  readonly results: ResultCache;
}

/** Part of taking the stage: a new generation, unless an encoder needs no frames any more. */
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
  // The gateway has looked already, by limits of its own.
  checkPixelFrames(spec, source.photoSize, context.config.maxPixelFrames);
  const path = clipPath(spec);
  const data = sceneData(source, quality, stillMoments(spec));
  const scene = await inSpan("build mesh", {}, () => renderer.open(data));
  try {
    const artifacts = await makeStills(blobs, work, scene, spec);
    const stageReport = { artifacts, notes: scene.notes };
    if (record.lastStage === "render") {
      await lease.commit({ output: null, ...stageReport });
      await keepResult(parts, lease.record);
      return;
    }
    // Before the encode order exists: encode's commit ends the job, and the record takes nothing after that.
    await lease.publish(stageReport);
    const { frameRate } = spec.clip;
    const { generation } = record;
    const report = (fraction: number) => lease.report(fraction);
    scenes.add(record.id, { generation, scene, path, frameRate, signal: lease.signal, report });
    await lease.persist(() => publishDecidedOrder(context.bus, record, "encode"));
    await untilEncoded(parts, work);
  } finally {
    scenes.remove(record.id, record.generation);
    await scene.close();
  }
}

async function keepResult({ results }: RenderWorkerParts, record: JobRecord): Promise<void> {
  const depth = record.stages.depth.output as unknown as DepthOutput;
  await results.remember(keptUnder(depth, record.notes), record);
}

/**
 * Serve until the record is terminal. An encode order that is used up without success is decided again, a few times;
 * then this order goes back too, and a later take begins a new generation.
 */
async function untilEncoded(parts: RenderWorkerParts, { record, lease }: StageWork): Promise<void> {
  const { store, log, config } = parts.context;
  const stop = new AbortController();
  const ended = AbortSignal.any([lease.signal, stop.signal]);
  const used = new UsedUpOrders();
  // Bounded by the lease: a missed update of the watch costs at most one of these.
  const timer = setInterval(() => {
    reorderWhereUsedUp(parts, record.id, lease.token)
      .then((reordered) => {
        if (reordered) used.add(reordered);
        if (used.count > config.maxReorders) {
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

/** The record that another encode order had to be decided for, as it was before. */
async function reorderWhereUsedUp(
  { context, orderRecovery }: RenderWorkerParts,
  job: string,
  token: string,
): Promise<JobRecord | undefined> {
  const current = await context.store.read(job);
  if (!current) return undefined;
  const taken = await orderRecovery.check(current.record, "encode", (latest) =>
    holds(latest, "render", token),
  );
  if (taken !== "none") context.log.info({ job, taken }, "encode order seen to");
  return taken === "decided-anew" ? current.record : undefined;
}

/** Counts the encode orders of one generation that ended without a finished clip. */
export class UsedUpOrders {
  #count = 0;
  #deferrals = 0;

  /** Those that encode has put off do not count: a part of the mesh was away, and neither the clip nor its frames are at fault. */
  get count(): number {
    return this.#count;
  }

  /** An order is gone and its stage is not done; this is the record at that time. */
  add({ stages }: Pick<JobRecord, "stages">): void {
    const { deferrals } = stages.encode;
    if (deferrals <= this.#deferrals) this.#count += 1;
    this.#deferrals = deferrals;
  }
}

/**
 * Serves the frames of a clip, or of a segment of one, until their job has ended (rule 7), and has
 * encode's order replaced where that ends without a clip.
 */
import { DepthmeshError } from "../../core/errors.js";
import { publishDecidedOrder } from "../../pipeline/orders/order.js";
import { holds, isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import { rendererUnreachable } from "../../pipeline/worker/renderer-unreachable.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import type { ServedScene } from "./served-scenes.js";
import type { RenderWorkerParts } from "./worker-parts.js";

/** So many encode orders of a generation that reach no renderer mean that its address is wrong. */
const MAX_UNREACHABLE = 2;

/** Throws the reason of the lease's signal, and ENCODER_CRASHED. */
export async function serveFrames(
  parts: RenderWorkerParts,
  work: StageWork,
  frames: Pick<ServedScene, "scene" | "path" | "firstFrame" | "frameRate">,
): Promise<void> {
  const { scenes, context } = parts;
  const { record, lease } = work;
  const { generation } = record;
  const report = (fraction: number) => lease.report(fraction);
  scenes.add(record.id, { ...frames, generation, signal: lease.signal, report });
  try {
    await lease.persist(() => publishDecidedOrder(context.bus, record, "encode", lease.revision));
    await untilEncoded(parts, work);
  } finally {
    scenes.remove(record.id, generation);
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

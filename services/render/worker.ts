/** The order handler: pull photo and disparity, build the scene, serve its frames until the job is over (rule 7). */
import { clipSize, type Size } from "../../core/clip/size.js";
import { clipFrames } from "../../core/clip/timing.js";
import type { JobSpec } from "../../core/job/spec.js";
import type { DepthOutput } from "../../core/job/stage-output.js";
import type { CameraState } from "../../core/scene/camera.js";
import { photoHalfSides, visibleCopies } from "../../core/scene/extent.js";
import { framePath } from "../../core/scene/frame-path.js";
import { detailOf } from "../../core/scene/quality.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { orderExists } from "../../kit/bus/order.js";
import { DepthmeshError } from "../../kit/errors.js";
import { publishDecided } from "../../kit/jobs/outbox.js";
import { isTerminal, type JobRecord } from "../../kit/jobs/record.js";
import { NotYet, type StageWork } from "../../kit/jobs/stage-worker.js";
import { beginGeneration, reorderEncode } from "../../kit/jobs/transitions.js";
import type { ServiceContext } from "../../kit/service.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { RenderConfig } from "./config.js";
import type { Renderer, RenderScene } from "./renderer.js";
import type { ServedScenes } from "./served-scenes.js";

/** How long render waits for an encoder that has all frames of an earlier generation. */
const ENCODER_FINISHING_MS = 5_000;

export interface RenderWorkerParts {
  readonly context: ServiceContext<RenderConfig>;
  readonly blobs: RemoteBlobs;
  readonly renderer: Renderer;
  readonly scenes: ServedScenes;
}

/** Part of taking the stage: a new generation, unless an encoder needs no frames any more. */
export function takeRender(record: JobRecord, address: string): JobRecord {
  const { lease } = record.stages.encode;
  const nowMs = Date.now();
  if (lease?.framesComplete && lease.untilMs > nowMs) throw new NotYet(ENCODER_FINISHING_MS);
  return beginGeneration(record, address, nowMs);
}

export async function handleRender(parts: RenderWorkerParts, work: StageWork): Promise<void> {
  const { context, scenes } = parts;
  const { record, lease } = work;
  const built = await buildScene(parts, work);
  scenes.add(record.id, {
    generation: record.generation,
    scene: built.scene,
    path: built.path,
    frameRate: built.spec.clip.frameRate,
    signal: lease.signal,
    report: (fraction) => lease.report(fraction),
  });
  try {
    await publishDecided(context.bus, context.store, record, "encode");
    await untilEncoded(parts, work);
  } finally {
    scenes.remove(record.id);
    await built.scene.close();
  }
}

interface BuiltScene {
  readonly spec: JobSpec;
  readonly path: readonly CameraState[];
  readonly scene: RenderScene;
}

async function buildScene(
  { blobs, renderer, context }: RenderWorkerParts,
  { record, lease: { signal } }: StageWork,
): Promise<BuiltScene> {
  const { photo, disparity } = record.stages.depth.output as unknown as DepthOutput;
  const [specBytes, rgb, disparityBytes] = await inSpan("pull", {}, () =>
    Promise.all([
      blobs.read(record.specBlob, signal),
      blobs.read(photo.sha256, signal),
      blobs.read(disparity.sha256, signal),
    ]),
  );
  signal.throwIfAborted();
  const spec = JSON.parse(Buffer.from(specBytes).toString()) as JobSpec;
  const frame: Size = clipSize(spec.clip, photo);
  const aspect = frame.width / frame.height;
  const frames = clipFrames(spec.clip.durationSeconds, spec.clip.frameRate);
  const path = framePath(spec, frames).map(({ camera }) => camera);
  const halfSides = photoHalfSides(photo, aspect);
  const scene = await inSpan("build mesh", {}, () =>
    renderer.open({
      photo: rgb,
      photoSize: photo,
      disparity: toUint16(disparityBytes),
      disparitySize: disparity,
      frame,
      halfSides,
      copies: visibleCopies(path, aspect, halfSides),
      detail: detailOf(spec.quality ?? context.config.quality, path, frame),
    }),
  );
  return { spec, path, scene };
}

/** A view where the bytes are aligned, else a copy. */
function toUint16(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

/**
 * Serve until the record is terminal. An encode order that is used up without success is decided again, a few times;
 * then this order goes back too, and a later take begins a new generation.
 */
async function untilEncoded(parts: RenderWorkerParts, { record, lease }: StageWork): Promise<void> {
  const { store, log, config } = parts.context;
  const stop = new AbortController();
  const ended = AbortSignal.any([lease.signal, stop.signal]);
  let reorders = 0;
  // Bounded by the lease: a missed update of the watch costs at most one of these.
  const timer = setInterval(() => {
    reorderWhereUsedUp(parts, record.id, lease.token)
      .then((reordered) => {
        reorders += reordered ? 1 : 0;
        if (reorders > config.maxReorders) {
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

async function reorderWhereUsedUp(
  { context }: RenderWorkerParts,
  job: string,
  token: string,
): Promise<boolean> {
  const { bus, store, config } = context;
  const current = await store.read(job);
  if (!current || isTerminal(current.record)) return false;
  const { lease, order } = current.record.stages.encode;
  if (lease && lease.untilMs > Date.now()) return false;
  if (!order || order.seq === null || (await orderExists(bus, "encode", order.seq))) return false;
  const address = order.address ?? "";
  const { record, changed } = await store.update(job, (latest) => {
    if (latest.stages.encode.order?.id !== order.id || latest.stages.encode.lease) return undefined;
    return reorderEncode(latest, token, address, Date.now());
  });
  if (changed) await publishDecided(bus, store, record, "encode");
  context.log.info({ job, changed, leaseMs: config.leaseMs }, "encode order used up");
  return changed;
}

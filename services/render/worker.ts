/**
 * The order handler of render: pulls the photo and the disparity map, opens the scene, stores the
 * stills, and serves frames until the job has ended (rule 7).
 */
import { largeOutputNotes } from "../../core/output/expected-size.js";
import { cutoutNotes, sceneData } from "../../core/scene/clip/clip-scene.js";
import { clipPath } from "../../core/scene/clip/clip-states.js";
import { planSegments } from "../../core/scene/clip/segment-plan.js";
import { isStill } from "../../core/spec/artifact-names.js";
import { checkPixelFrames } from "../../core/spec/resolve-clip.js";
import type { RenderOutput } from "../../core/spec/stage-output.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import { isLive, isSegment, type JobRecord } from "../../pipeline/record/record.js";
import { beginGeneration } from "../../pipeline/record/transitions.js";
import { NotYet } from "../../pipeline/worker/acquire-stage.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import { readJobSource } from "./job-source.js";
import { divideClip, renderSegment } from "./render-segment.js";
import { makeStills, stillMoments } from "./stills.js";
import { makeTakeaways } from "./takeaway/make-takeaways.js";
import { serveFrames } from "./until-encoded.js";
import type { RenderWorkerParts } from "./worker-parts.js";

/** How long render waits for an encoder that has all frames of an earlier generation. */
const ENCODER_FINISHING_MS = 5_000;

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
  const { context, blobs, renderer, quality } = parts;
  const { record, lease } = work;
  if (isSegment(record)) return renderSegment(parts, work);
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
  const { segmentSeconds } = context.config;
  const ranges = record.undivided ? undefined : planSegments(spec, path, segmentSeconds);
  const data = sceneData(source, quality, stillMoments(spec));
  const scene = await inSpan("build mesh", {}, () => renderer.open(data));
  let isKept = false;
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
    if (ranges) {
      await divideClip(parts, work, { clip: { source, scene, path }, ranges, stageReport });
      isKept = true;
      return;
    }
    // Must come before the encode order: encode's commit ends the job, and an ended record takes no
    // artifacts.
    await lease.publish(stageReport);
    await serveFrames(parts, work, { scene, path, firstFrame: 0, frameRate: spec.clip.frameRate });
  } finally {
    if (!isKept) await scene.close();
  }
}

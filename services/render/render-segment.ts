/**
 * A clip on many workers: hands a clip over to its segments, and renders one of them. The scene and
 * the path are those of the whole clip, so that segments agree where they meet.
 */

import { DepthmeshError } from "../../core/errors.js";
import { sceneData } from "../../core/scene/clip/clip-scene.js";
import { clipPath } from "../../core/scene/clip/clip-states.js";
import { type FrameRange, partOf } from "../../core/scene/clip/segment-plan.js";
import { failpoint } from "../../kit/process/failpoint.js";
import { activeTraceParent, inSpan } from "../../kit/telemetry/tracing.js";
import { newId } from "../../pipeline/record/id.js";
import type { StageReport } from "../../pipeline/record/transitions.js";
import { divide } from "../../pipeline/segments/divide.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import type { OpenClip } from "./divided-scenes.js";
import { readJobSource } from "./job-source.js";
import { stillMoments } from "./stills.js";
import { serveFrames } from "./until-encoded.js";
import type { RenderWorkerParts } from "./worker-parts.js";

export interface ClipToDivide {
  readonly clip: OpenClip;
  readonly ranges: readonly FrameRange[];
  /** What render has for the caller. */
  readonly stageReport: StageReport;
}

/**
 * Commits render with the division, of which the gateway makes the segments, and keeps the scene
 * for those that come here. Throws LEASE_LOST. Afterwards the scene is not the caller's any more.
 */
export async function divideClip(
  { quality, divided }: RenderWorkerParts,
  { lease }: StageWork,
  { clip, ranges, stageReport }: ClipToDivide,
): Promise<void> {
  const id = newId();
  failpoint("before-division", lease.order.job);
  const division = { id, quality, ranges, traceParent: activeTraceParent(), retries: 0 };
  await lease.finish((current) => divide(current, lease.token, division, stageReport, Date.now()));
  divided.keep(id, clip);
}

/** Serves the frames of a segment until it is encoded. */
export async function renderSegment(parts: RenderWorkerParts, work: StageWork): Promise<void> {
  const { blobs, renderer, divided } = parts;
  const { record, lease } = work;
  const { segment } = record;
  if (!segment) throw new DepthmeshError("INTERNAL", "the record of a segment has no frames");
  const open = async (): Promise<OpenClip> => {
    const source = await inSpan("pull", {}, () => readJobSource(blobs, record, lease.signal));
    const data = sceneData(source, segment.quality, stillMoments(source.spec));
    const scene = await inSpan("build mesh", {}, () => renderer.open(data));
    return { source, scene, path: clipPath(source) };
  };
  await divided.use(segment.division, open, async ({ source, scene, path }) => {
    lease.signal.throwIfAborted();
    const { frameRate } = source.spec.clip;
    const { firstFrame } = segment;
    await serveFrames(parts, work, { scene, path: partOf(path, segment), firstFrame, frameRate });
  });
}

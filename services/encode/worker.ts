/**
 * The order handler of the encode stage: from a job's specification to stored artifacts, while
 * followers read the fragments.
 */

import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { DepthmeshError } from "../../core/errors.js";
import type { EncoderFacts } from "../../core/output/codecs.js";
import { framePacking } from "../../core/output/frame-packing.js";
import { readSpec } from "../../core/spec/stored-spec.js";
import { onAbort } from "../../kit/async/abort.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import { assertRoom, watchRoom } from "../../kit/process/disk-room.js";
import { measuredLater } from "../../kit/telemetry/metrics.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { StageResult } from "../../pipeline/record/transitions.js";
import type { ResultCache } from "../../pipeline/results/result-cache.js";
import type { PipelineContext } from "../../pipeline/topology/mesh-state.js";
import type { WorkerFactsBoard } from "../../pipeline/topology/worker-facts.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import { type EncodeConfig, runLimits } from "./config.js";
import { encodeClip } from "./encode-clip.js";
import type { EncoderTrials } from "./encoder-trials.js";
import type { FramesWay } from "./frames-way.js";
import { endOfAttempt, type LiveEncodes } from "./live/live-encodes.js";
import type { SegmentStore } from "./live/segment-store.js";
import { checkEncodersHere } from "./plan.js";
import { fetchSound } from "./sound.js";
import { storeClip } from "./store-output.js";
import { makeWorkFolder } from "./work-folder.js";

const OUT_OF_ROOM = "the disk of the encode service ran full while the video was written";

export interface EncodeWorkerParts {
  readonly context: PipelineContext<EncodeConfig>;
  readonly blobs: RemoteBlobs;
  readonly trials: EncoderTrials;
  readonly live: LiveEncodes;
  /** The encoders that every encode worker of the mesh has announced. */
  readonly workers: WorkerFactsBoard<readonly EncoderFacts[]>;
  readonly results: ResultCache;
  readonly framesWay: FramesWay;
}

export async function handleEncode(parts: EncodeWorkerParts, work: StageWork): Promise<void> {
  const { record, lease } = work;
  const measureFirst = measuredLater("depthmesh.job.first_fragment.duration");
  const segments = parts.live.begin(record.id, () =>
    measureFirst((Date.now() - record.createdAtMs) / 1000, {}),
  );
  // Followers must get nothing more of an aborted attempt, even if its end takes a while.
  const stopListening = onAbort(lease.signal, () =>
    segments.fail(endOfAttempt(lease.signal.reason)),
  );
  try {
    await encodeJob(parts, work, segments);
    segments.keep();
    await parts.results.remember(lease.record);
  } catch (error) {
    segments.fail(endOfAttempt(error));
    parts.trials.distrust(error);
    throw error;
  } finally {
    stopListening();
    parts.live.end(record.id, segments);
    await segments.retire();
  }
}

async function encodeJob(
  { context: { config }, blobs, trials, workers, framesWay }: EncodeWorkerParts,
  work: StageWork,
  segments: SegmentStore,
): Promise<void> {
  const { record, lease } = work;
  const { signal } = lease;
  const spec = readSpec(await blobs.read(record.specBlob, signal));
  const { outputs } = spec;
  const { leftToOthers = 0 } = record.stages.encode;
  const working = await trials.plan(
    outputs,
    (rows) => {
      checkEncodersHere(outputs, rows, workers.live, leftToOthers);
      return rows;
    },
    signal,
  );
  await assertRoom(config.workFolder || tmpdir(), config.diskReserveMib);
  const folder = await makeWorkFolder(config.workFolder);
  const unwatch = watchRoom(folder, config.diskReserveMib / 2, () =>
    lease.abort(new DepthmeshError("STORAGE_FULL", OUT_OF_ROOM)),
  );
  let result: StageResult;
  try {
    const sound = await fetchSound(spec, { blobs, folder, limits: runLimits(config) }, signal);
    const packing = framePacking(spec.stereo);
    const encoding = { config, working, outputs, packing };
    const clipParts = { ...encoding, folder, sound, segments, framesWay };
    const clip = await inSpan("encode", {}, () => encodeClip(clipParts, work));
    const writer = { job: record.id, token: lease.token };
    const store = { blobs, writer, signal, ...config };
    result = await inSpan("store", {}, () => storeClip(store, clip, segments, folder));
  } finally {
    unwatch();
    await rm(folder, { recursive: true, force: true });
  }
  // The commit comes after the folder is removed, so that a job that has ended leaves no files
  // here.
  await lease.commit(result);
}

/**
 * The order handler of the encode stage: from a job's specification to stored artifacts, while
 * followers read the fragments.
 */

import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { DepthmeshError } from "../../core/errors.js";
import { framePacking } from "../../core/output/frame-packing.js";
import { readSpec } from "../../core/spec/stored-spec.js";
import { onAbort } from "../../kit/async/abort.js";
import { assertRoom, watchRoom } from "../../kit/process/disk-room.js";
import { measuredLater } from "../../kit/telemetry/metrics.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import { isSegment } from "../../pipeline/record/record.js";
import type { StageResult } from "../../pipeline/record/transitions.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import { runLimits } from "./config.js";
import { encodeClip } from "./encode-clip.js";
import { handleJoin } from "./join/join-segments.js";
import { endOfAttempt } from "./live/live-encodes.js";
import type { SegmentStore } from "./live/segment-store.js";
import { checkEncodersHere } from "./plan.js";
import { fetchSound } from "./sound.js";
import { storeClip } from "./store-output.js";
import { makeWorkFolder } from "./work-folder.js";
import type { EncodeWorkerParts } from "./worker-parts.js";

const OUT_OF_ROOM = "the disk of the encode service ran full while the video was written";

export async function handleEncode(parts: EncodeWorkerParts, work: StageWork): Promise<void> {
  const { record, lease } = work;
  if (record.division) return handleJoin(parts, work);
  const measureFirst = measuredLater("depthmesh.job.first_fragment.duration");
  const isFirst = (record.segment?.index ?? 0) === 0;
  const segments = parts.live.begin(record.id, () => {
    if (isFirst) measureFirst((Date.now() - record.createdAtMs) / 1000, {});
  });
  // Followers must get nothing more of an aborted attempt, even if its end takes a while.
  const stopListening = onAbort(lease.signal, () =>
    segments.fail(endOfAttempt(lease.signal.reason)),
  );
  try {
    await encodeJob(parts, work, segments);
    segments.keep();
    if (!isSegment(record)) await parts.results.remember(lease.record);
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
  // A joined output repeats the whole clip.
  const outputs = record.segment
    ? spec.outputs.map((output) => ({ ...output, repeat: 1 }))
    : spec.outputs;
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
    // Segments have none: it would not be one sound when they are joined.
    const sound = isSegment(record)
      ? undefined
      : await fetchSound(spec, { blobs, folder, limits: runLimits(config) }, signal);
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

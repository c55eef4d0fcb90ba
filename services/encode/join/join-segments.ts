/**
 * The handler of the order to join a divided clip: puts the files of its segments together without
 * encoding again, adds the sound, and measures and stores the outputs as those of a whole clip.
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reason } from "../../../core/error-reasons.js";
import { DepthmeshError, toDepthmeshError } from "../../../core/errors.js";
import { framePacking } from "../../../core/output/frame-packing.js";
import type { OutputSpec } from "../../../core/output/spec.js";
import type { JobSpec } from "../../../core/spec/spec.js";
import type { EncodeOutput } from "../../../core/spec/stage-output.js";
import { readSpec } from "../../../core/spec/stored-spec.js";
import { assertRoom, watchRoom } from "../../../kit/process/disk-room.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import { inSpan } from "../../../kit/telemetry/tracing.js";
import type { Division } from "../../../pipeline/record/division.js";
import type { ArtifactRecord } from "../../../pipeline/record/record.js";
import type { StageResult } from "../../../pipeline/record/transitions.js";
import { renderAgain } from "../../../pipeline/segments/divide.js";
import type { StageWork } from "../../../pipeline/worker/stage-worker.js";
import { runLimits } from "../config.js";
import type { FrameFormat } from "../encoder.js";
import { ENCODERS } from "../encoders.js";
import { fetchSound } from "../sound.js";
import { storeOutput } from "../store-output.js";
import { makeWorkFolder } from "../work-folder.js";
import type { EncodeWorkerParts } from "../worker-parts.js";
import { joinFragments } from "./join-fragments.js";
import { joinVideo } from "./join-video.js";
import {
  downloadFiles,
  fileOf,
  headerOf,
  type MadeSegment,
  madeSegments,
} from "./segment-files.js";

/** The segments were encoded in ways that no one decoder follows. */
const UNLIKE = "unlike_segments";

function unlikeSegments(name: string): DepthmeshError {
  const message = `the segments of ${name} do not fit together`;
  return new DepthmeshError("ENCODER_CRASHED", message, { metadata: { cause: UNLIKE } });
}

const OUT_OF_ROOM = "the disk of the encode service ran full while the clip was joined";

/** Files of segments that are gone, or not whole: other segments are made. */
const LOST: ReadonlySet<Reason> = new Set(["BLOB_NOT_FOUND", "BLOB_CORRUPT"]);

export async function handleJoin(parts: EncodeWorkerParts, work: StageWork): Promise<void> {
  const { context, results } = parts;
  const { record, lease } = work;
  try {
    await lease.commit(await joinClip(parts, work));
  } catch (error) {
    const { reason, metadata } = toDepthmeshError(error);
    const { specBlob, soundBlob } = record;
    const { sha256 } = metadata;
    const isSent = sha256 !== undefined && [specBlob, soundBlob].includes(sha256);
    const whole = metadata.cause === UNLIKE;
    if (lease.signal.aborted || !(whole || (LOST.has(reason) && !isSent))) throw error;
    const { division } = await lease.settle((current) =>
      renderAgain(current, lease.token, { whole, reason }, Date.now()),
    );
    // It was made again too often: as any other failure.
    if (division) throw error;
    context.log.warn({ job: record.id, reason }, "the clip is made again");
    return;
  }
  await results.remember(lease.record);
}

async function joinClip(parts: EncodeWorkerParts, work: StageWork): Promise<StageResult> {
  const { config, store } = parts.context;
  const { record, lease } = work;
  const { signal } = lease;
  const { blobs } = parts;
  const division = record.division as Division;
  const spec = readSpec(await blobs.read(record.specBlob, signal));
  const segments = await madeSegments(store, record.id, division);
  checkFrames(segments, division);
  await assertRoom(config.workFolder || tmpdir(), config.diskReserveMib);
  const folder = await makeWorkFolder(config.workFolder);
  const unwatch = watchRoom(folder, config.diskReserveMib / 2, () =>
    lease.abort(new DepthmeshError("STORAGE_FULL", OUT_OF_ROOM)),
  );
  try {
    const limits = runLimits(config);
    const sound = await fetchSound(spec, { blobs, folder, limits }, signal);
    const format = formatOf(spec, segments);
    const artifacts: ArtifactRecord[] = [];
    for (const [index, output] of spec.outputs.entries()) {
      const joining = { parts, work, segments, folder, sound, format };
      artifacts.push(await joinOutput(joining, output, index));
      lease.report((index + 1) / (spec.outputs.length + 1));
    }
    const writer = { job: record.id, token: lease.token };
    const { frameRate } = spec.clip;
    const fragments = await inSpan("join fragments", {}, () =>
      joinFragments(segments, { blobs, writer, folder, signal, frameRate }),
    );
    const sizeBytes = artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0);
    const output: EncodeOutput = { sizeBytes, frames: format.frames, fragments };
    const notes = segments[0]?.record.notes.filter(({ stage }) => stage === "encode") ?? [];
    return { output, artifacts, notes };
  } finally {
    unwatch();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A worker of a version without segments makes the whole clip of each. */
function checkFrames(segments: readonly MadeSegment[], { ranges }: Division): void {
  const wrong = segments.find(({ output }, index) => output.frames !== ranges[index]?.frames);
  if (wrong) throw unlikeSegments("the clip");
}

interface Joining {
  readonly parts: EncodeWorkerParts;
  readonly work: StageWork;
  readonly segments: readonly MadeSegment[];
  readonly folder: string;
  readonly sound: string | undefined;
  readonly format: FrameFormat;
}

async function joinOutput(
  { parts, work, segments, folder, sound, format }: Joining,
  output: OutputSpec,
  index: number,
): Promise<ArtifactRecord> {
  const { blobs, context } = parts;
  const { config } = context;
  const { signal, token } = work.lease;
  const probing = { ffprobe: config.ffprobe, stallMs: config.stallMs, signal };
  const names = new Set(segments.map((segment) => fileOf(segment, output).video?.encoder));
  const encoder = ENCODERS.find(({ name }) => names.has(name));
  if (names.size !== 1 || !encoder) throw unlikeSegments(output.name);
  const files = await inSpan("pull", {}, () =>
    downloadFiles(segments, output, { blobs, folder, signal }),
  );
  const headers = new Set<string>();
  for (const file of files) headers.add(await headerOf(join(folder, file), output, probing));
  if (headers.size !== 1) throw unlikeSegments(output.name);
  const frames = segments.map((segment) => fileOf(segment, output).frames);
  failpoint("before-join", work.record.id);
  const path = await inSpan("join", {}, () =>
    joinVideo({ output, files, frames, format, folder, sound, limits: runLimits(config) }, signal),
  );
  failpoint("after-join-before-store", work.record.id);
  await Promise.all(files.map((file) => rm(join(folder, file))));
  const writer = { job: work.record.id, token };
  return inSpan("store", {}, () =>
    storeOutput({ blobs, writer, ...probing }, format, {
      ...{ output, encoder, path, index, keepsAlpha: false },
    }),
  );
}

/** The format of the whole clip. The sides are those of the files, which have even ones. */
function formatOf({ clip, stereo }: JobSpec, segments: readonly MadeSegment[]): FrameFormat {
  const [file] = segments[0]?.record.artifacts ?? [];
  const packing = framePacking(stereo);
  return {
    width: file?.width ?? 0,
    height: file?.height ?? 0,
    frames: segments.reduce((sum, { output }) => sum + output.frames, 0),
    frameRateNumerator: clip.frameRate.numerator,
    frameRateDenominator: clip.frameRate.denominator,
    ...(packing && { packing }),
  };
}

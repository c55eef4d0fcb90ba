/**
 * Encodes the clip of one job: pulls its frames from the renderer and feeds them to the encoder.
 */

import type { FramePacking } from "../../core/output/frame-packing.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { type Note, note } from "../../core/spec/note.js";
import { onAbort } from "../../kit/async/abort.js";
import { markFramesComplete } from "../../pipeline/record/transitions.js";
import type { StageLease } from "../../pipeline/worker/lease.js";
import type { StageWork } from "../../pipeline/worker/stage-worker.js";
import { type EncodeConfig, runLimits, threadsOfEncoder } from "./config.js";
import type { EncodedOutput, FrameFormat } from "./encoder.js";
import { encoderMemoryBytes } from "./encoder-memory.js";
import type { EncoderRow } from "./encoders.js";
import { feedEncoder } from "./feed-encoder.js";
import { withFrames } from "./frame-reader.js";
import type { FramesWay } from "./frames-way.js";
import { openLive } from "./live/fragments.js";
import type { SegmentStore } from "./live/segment-store.js";
import { planOutputs } from "./plan.js";
import { startEncoder } from "./start-encoder.js";

export interface ClipParts {
  readonly config: EncodeConfig;
  /** Encoders that work here, the preferred ones of a codec first. */
  readonly working: readonly EncoderRow[];
  readonly outputs: readonly OutputSpec[];
  /** How the views of both eyes lie in a frame. */
  readonly packing: FramePacking | undefined;
  readonly folder: string;
  /** Path of the WAV file, if an output has sound. */
  readonly sound: string | undefined;
  readonly segments: SegmentStore;
  readonly framesWay: FramesWay;
}

export interface EncodedClip {
  readonly format: FrameFormat;
  readonly outputs: readonly EncodedOutput[];
  readonly notes: readonly Note[];
}

/** The part of the stage's progress at the last frame, if a search for a size follows. */
const FEED_SHARE = 0.5;

/**
 * Throws RENDERER_UNREACHABLE, FRAME_SOURCE_LOST, the errors of the encoder, and the reason of the
 * lease's signal.
 */
export function encodeClip(
  { config, working, outputs, packing, folder, sound, segments, framesWay }: ClipParts,
  { record, order, lease }: StageWork,
): Promise<EncodedClip> {
  const { generation, address = "" } = order;
  const { stallMs } = config;
  const threads = threadsOfEncoder(config);
  const pull = { address, job: record.id, token: lease.token, generation };
  const request = { ...pull, stallMs, framesBy: framesWay.now };
  return withFrames(request, lease.signal, async (stream) => {
    const format = { ...stream.format, ...(packing && { packing }) };
    const softwareOnly = record.stages.encode.attempts > 0;
    const { planned, notes } = planOutputs(outputs, { working, frame: format, softwareOnly });
    const live = await openLive(segments, planned, folder, packing);
    const limits = { ...runLimits(config), memoryBytes: encoderMemoryBytes(format, planned) };
    const encoder = startEncoder({
      ...{ format, outputs: planned, folder, threads, limits },
      ...(sound !== undefined && { sound }),
      ...(stream.socketPath !== undefined && { socketPath: stream.socketPath }),
      ...(live && { live }),
      ...(record.segment && { segment: record.segment.index }),
    });
    const stopListening = onAbort(lease.signal, () => void encoder.kill());
    let isSocketRead = false;
    try {
      const afterwards = outputs.some(({ maxSizeBytes }) => maxSizeBytes !== undefined);
      const share = afterwards ? FEED_SHARE : 1;
      const report = (fraction: number) => {
        isSocketRead = true;
        lease.report(share * fraction);
      };
      await feedEncoder(stream, encoder, report, record.id);
      const stopTimer = markFramesCompleteAfter(lease, config.leaseMs / 6);
      const encoded = await encoder
        .finish((fraction) => lease.report(share + (1 - share) * fraction))
        .finally(stopTimer);
      segments.finishWriting();
      return { format, outputs: encoded, notes: [...notes, ...encoded.flatMap(reductionNote)] };
    } catch (error) {
      await encoder.kill();
      lease.signal.throwIfAborted();
      if (stream.socketPath === undefined || isSocketRead) throw error;
      throw await framesWay.explain(error);
    } finally {
      stopListening();
    }
  });
}

/** Says what an animated picture was reduced to. */
function reductionNote({ output, reduction }: EncodedOutput): Note[] {
  if (!reduction) return [];
  const { name, maxSizeBytes, maxLongestSide, maxFrameRate, quality } = output;
  return [
    note("OUTPUT_REDUCED", {
      output: name,
      limit_bytes: String(maxSizeBytes),
      size_bytes: String(reduction.sizeBytes),
      longest_side_pixels: String(maxLongestSide),
      frame_rate: String(maxFrameRate),
      ...(quality !== undefined && { quality: String(quality) }),
      ...(reduction.colors !== undefined && { colors: String(reduction.colors) }),
      encodes: String(reduction.encodes),
    }),
  ];
}

/**
 * Writes into the record that the encoder has all frames, if it still works after this time. If the
 * renderer dies then, its successor does not draw the frames again. A shorter encode is not worth a
 * write to the record, and an encode does not fail because this write fails. The returned function
 * stops the timer.
 */
function markFramesCompleteAfter(lease: StageLease, afterMs: number): () => void {
  const timer = setTimeout(() => {
    lease
      .update((current) => markFramesComplete(current, lease.token))
      .catch(() => {
        // The renewal of the lease reports problems with NATS.
      });
  }, afterMs);
  return () => clearTimeout(timer);
}

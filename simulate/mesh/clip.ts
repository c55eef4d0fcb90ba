/** A kind of clip that callers ask for, with the times of its stages by what was measured. */
import type { OutputSpec } from "../../core/output/spec.js";
import { planSegments } from "../../core/scene/clip/segment-plan.js";
import { withoutEffects } from "../../core/scene/frame-state.js";
import { cameraPath, type PresetName } from "../../core/scene/presets.js";
import type { ClipSpec } from "../../core/spec/spec.js";
import { type Distribution, measured } from "../engine/distribution.js";
import type { Measured } from "./measured.js";

export interface Clip {
  readonly name: string;
  readonly frames: number;
  /** Frames of each segment; absent for a clip that one worker makes. */
  readonly segments?: readonly number[];
  /** Processor seconds. */
  readonly depth: Distribution;
  readonly renderOnce: Distribution;
  readonly renderFrame: Distribution;
  readonly renderSerialShare: number;
  readonly encodeOnce: Distribution;
  readonly encodeFrame: Distribution;
  readonly photoBytes: number;
  readonly resultBytes: number;
}

export interface ClipOptions {
  readonly width: number;
  readonly height: number;
  readonly preset: PresetName;
  readonly seconds: number;
  readonly segmentSeconds: number;
}

const FRAMES_PER_SECOND = 30;
const MP4: OutputSpec = {
  ...{ name: "video.mp4", container: "mp4", codec: "h264", pixelFormat: "yuv420p" },
  ...{ crf: 20, repeat: 1, acceleration: "auto" },
};
/** A photo of twelve megapixels. */
const PHOTO_BYTES = 4_000_000;

/** Throws RangeError for a size or a camera that was not measured. */
export function clipOf(all: Measured, options: ClipOptions): Clip {
  const { width, height, preset, seconds } = options;
  const found = all.clips.find(
    (clip) => clip.width === width && clip.height === height && clip.preset === preset,
  );
  if (!found) throw new RangeError(`no job of ${width}x${height} ${preset} was measured`);
  const frames = Math.round(seconds * FRAMES_PER_SECOND);
  const segments = segmentsOf(frames, preset, options.segmentSeconds);
  return {
    name: `${seconds} s ${height}p ${preset}`,
    frames,
    ...(segments && { segments }),
    depth: secondsOf(found.depthMs),
    renderOnce: secondsOf(found.renderOnceMs),
    renderFrame: secondsOf(found.renderFrameMs),
    renderSerialShare: found.renderSerialShare,
    encodeOnce: secondsOf(found.encodeOnceMs),
    encodeFrame: secondsOf(found.encodeFrameMs),
    photoBytes: PHOTO_BYTES,
    resultBytes: frames * found.bytesPerFrame,
  };
}

function secondsOf(samplesMs: readonly number[]): Distribution {
  return measured(samplesMs.map((ms) => ms / 1000));
}

/** Those of render's plan; absent for a clip that is made whole. */
function segmentsOf(
  frames: number,
  preset: PresetName,
  segmentSeconds: number,
): readonly number[] | undefined {
  const path = cameraPath({ preset, intensity: 1, phaseTurns: 0 }, frames);
  const clip: ClipSpec = {
    durationSeconds: frames / FRAMES_PER_SECOND,
    frameRate: { numerator: FRAMES_PER_SECOND, denominator: 1 },
    ...{ fit: "crop", ssaa: 1, background: "photo" },
  };
  const ranges = planSegments({ outputs: [MP4], clip }, withoutEffects(path), segmentSeconds);
  return ranges?.map((range) => range.frames);
}

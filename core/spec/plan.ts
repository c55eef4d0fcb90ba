/** What a job would make, as far as its specification and the size of its photo tell. */
import { type Size, withinLongSide } from "../geometry/size.js";
import { clipFrames } from "../geometry/timing.js";
import { frameStep, reducedSize } from "../output/reduced-format.js";
import type { OutputSpec } from "../output/spec.js";
import { stereoFrame } from "../scene/stereo/layout.js";
import type { ArtifactKind, JobSpec } from "./spec.js";

export interface PlannedOutput extends Size {
  /** Name of the artifact. */
  readonly name: string;
  readonly container: OutputSpec["container"];
  readonly codec: OutputSpec["codec"];
  readonly pixelFormat: OutputSpec["pixelFormat"];
  /** With all repeats; fewer for an output that must fit into a size. */
  readonly frames: number;
}

export interface JobPlan extends Size {
  /** Zero for a job without a video, as the duration. */
  readonly frames: number;
  readonly durationSeconds: number;
  /** Empty if the caller supplies the depth map. */
  readonly model: string;
  readonly estimatedMemoryBytes: number;
  readonly outputs: readonly PlannedOutput[];
  readonly artifacts: readonly ArtifactKind[];
}

/** Long side of a depth map whose size the depth service decides, in pixels. */
const USUAL_MAP_SIDE = 1024;
/** The decoder's pixels and their copy as RGB, in bytes for each pixel of the photo. */
const DECODED_BYTES = 4 + 3;
/** Three maps of floats, and the map of 16 bits, in bytes for each pixel of the map. */
const MAP_BYTES = 3 * 4 + 2;
/** The texture of a stretched surface, in bytes for each pixel of the photo. */
const TEXTURE_BYTES = 5.4;
/** The textures of two sheets and what they are made from, in bytes for each pixel of the photo. */
const SHEETS_BYTES = 14;
/** What two sheets and their triangles are made from, in bytes for each pixel of the map. */
const LAYERS_BYTES = 64;
/** Colour, depth and effects, in bytes for each sample of a frame. */
const TARGET_BYTES = 12;
/** The frame of both views, in bytes for each of its pixels. */
const COMPOSED_BYTES = 4;
/** I420, in bytes for each pixel of a frame. */
const FRAME_BYTES = 1.5;
const FRAMES_IN_FLIGHT = 4;
/** Frames that an encoder looks ahead and refers to. */
const FRAMES_OF_ENCODER = 60;

/** `photo` is its upright size in pixels. */
export function planOf(spec: JobSpec, photo: Size): JobPlan {
  const { clip, outputs, artifacts, depth, model } = spec;
  const { frame: size, eye } = stereoFrame(clip, spec.stereo, photo);
  const isVideo = outputs.length > 0;
  const frames = isVideo ? clipFrames(clip.durationSeconds, clip.frameRate) : 0;
  return {
    ...{ ...size, frames, artifacts },
    durationSeconds: isVideo ? clip.durationSeconds : 0,
    model: depth.map ? "" : model,
    estimatedMemoryBytes: estimatedMemoryBytes(spec, photo, { frame: size, eye: eye.frame }),
    outputs: outputs.map((output) => {
      const { name, container, codec, pixelFormat, repeat } = output;
      const shown = Math.ceil(frames / frameStep(clip.frameRate, output));
      return {
        ...{ ...reducedSize(size, output), name, container, codec, pixelFormat },
        frames: shown * repeat,
      };
    }),
  };
}

/**
 * Bytes that the stage with the largest need uses for the pixels of a job: the sum of its buffers,
 * without what its process uses anyway and without a depth model.
 */
function estimatedMemoryBytes(
  { clip, stereo, outputs, depth, edges }: JobSpec,
  photo: Size,
  { frame, eye }: { readonly frame: Size; readonly eye: Size },
): number {
  const map = pixels(withinLongSide(photo, depth.longSidePixels ?? USUAL_MAP_SIDE));
  const inFlight = FRAMES_IN_FLIGHT * FRAME_BYTES * pixels(frame);
  const isFilled = edges === "fill";
  const stages = {
    depth: DECODED_BYTES * pixels(photo) + MAP_BYTES * map,
    render:
      (isFilled ? SHEETS_BYTES : TEXTURE_BYTES) * pixels(photo) +
      (isFilled ? LAYERS_BYTES : 2) * map +
      TARGET_BYTES * clip.ssaa ** 2 * pixels(eye) +
      (stereo.layout === "none" ? 0 : COMPOSED_BYTES * pixels(frame)) +
      inFlight,
    encode: outputs.length * FRAMES_OF_ENCODER * FRAME_BYTES * pixels(frame) + inFlight,
  };
  return Math.round(Math.max(...Object.values(stages)));
}

function pixels({ width, height }: Size): number {
  return width * height;
}

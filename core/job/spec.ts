/** What a job is to make, complete and checked: the form in which the spec travels between the stages. */
import type { FitMode } from "../clip/size.js";
import type { FramePathSpec } from "../scene/frame-path.js";
import type { Motion } from "../scene/motion/motion.js";
import type { Quality } from "../scene/quality.js";
import type { StateValues } from "../scene/state-values.js";

export type Priority = "low" | "normal" | "high";
export type ArtifactKind = "depth";

export type CameraSpec = FramePathSpec["camera"];

export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

/** Samples a side of each pixel. */
export type Supersampling = 1 | 2 | 3 | 4;

/** Width, height and longest side are absent where the photo decides; in pixels. */
export interface ClipSpec {
  readonly durationSeconds: number;
  readonly frameRate: FrameRate;
  readonly width?: number;
  readonly height?: number;
  readonly longestSide?: number;
  readonly fit: FitMode;
  readonly ssaa: Supersampling;
}

export interface OutputSpec {
  readonly container: "mp4";
  readonly codec: "h264";
  readonly crf: number;
}

export interface JobSpec extends FramePathSpec {
  readonly model: string;
  readonly camera: CameraSpec;
  readonly clip: ClipSpec;
  /** Camera and effect parameters that the caller set, by the path of the field; the preset decides the others. */
  readonly values: StateValues;
  /** Parameters that move by themselves; each passes over what the ones before it made of its parameter. */
  readonly motions: readonly Motion[];
  /** Absent: the renderer decides. */
  readonly quality?: Quality;
  /** Of everything random, [0, 2^32). */
  readonly seed: number;
  readonly outputs: readonly OutputSpec[];
  readonly artifacts: readonly ArtifactKind[];
  readonly priority: Priority;
}

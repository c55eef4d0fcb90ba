/**
 * The complete and checked specification of a job. CreateJob makes it of the request; every stage reads it
 * from the blob store.
 */
import type { MapInput } from "../depthmap/files/map-file.js";
import type { PostProcessing } from "../depthmap/post-processing.js";
import type { FitMode } from "../geometry/size.js";
import type { FrameRate } from "../geometry/timing.js";
import type { OutputSpec } from "../output/spec.js";
import type { FramePathSpec } from "../scene/frame-path.js";
import type { StateValues } from "../scene/frame-state.js";
import type { Motion } from "../scene/motion.js";
import type { Quality } from "../scene/quality.js";
import type { SoundFormat } from "../sound/format.js";

export const PRIORITIES = ["low", "normal", "high"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** `depth` is made by the depth stage, the others by the render stage. */
export const ARTIFACT_KINDS = ["depth", "poster", "strip"] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** Whether a result may be made in a lesser way than requested. */
export const DEGRADE_POLICIES = ["allow", "forbid"] as const;
export type DegradePolicy = (typeof DEGRADE_POLICIES)[number];

/** Whether what was made before may be used; what is made is kept either way. */
export const CACHE_POLICIES = ["use", "bypass"] as const;
export type CachePolicy = (typeof CACHE_POLICIES)[number];

export type CameraSpec = FramePathSpec["camera"];

/** What a job says about its depth map. */
export interface DepthSpec extends PostProcessing {
  /** Absent: the service decides. */
  readonly longSidePixels?: number;
  /** The caller sends a map, and nothing is estimated. */
  readonly map?: MapInput;
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

/** Which moments of the clip the stills show; they are made where the artifacts ask for them. */
export interface StillSpec {
  /** Fraction of the clip's length, [0, 1]. */
  readonly posterTau: number;
  /** Stills of the strip, at τ = i / stripCount. */
  readonly stripCount: number;
}

/** A file in the blob store, cut or looped to the length of each output that holds sound. */
export interface SoundSpec {
  readonly sha256: string;
  readonly format: SoundFormat;
}

export interface JobSpec extends FramePathSpec {
  readonly model: string;
  readonly depth: DepthSpec;
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
  readonly stills: StillSpec;
  readonly priority: Priority;
  readonly degradePolicy: DegradePolicy;
  readonly cachePolicy: CachePolicy;
  /** Absent: silent. It comes beside the specification, not in it. */
  readonly sound?: SoundSpec;
}

/** The stage after which a job has all that it was asked for. */
export function lastStageOf({
  outputs,
  artifacts,
}: Pick<JobSpec, "outputs" | "artifacts">): "depth" | "render" | "encode" {
  if (outputs.length > 0) return "encode";
  return artifacts.some((kind) => kind !== "depth") ? "render" : "depth";
}

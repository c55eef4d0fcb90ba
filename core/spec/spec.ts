/**
 * The complete and checked specification of a job. CreateJob makes it from the request, and every
 * stage reads it from the blob store.
 */
import type { MapInput } from "../depthmap/files/map-file.js";
import type { PostProcessing } from "../depthmap/post-processing.js";
import type { FitMode } from "../geometry/size.js";
import type { FrameRate } from "../geometry/timing.js";
import type { Transparency } from "../output/codecs.js";
import type { PosterFormat } from "../output/poster.js";
import type { OutputSpec } from "../output/spec.js";
import type { Background } from "../scene/cutout.js";
import type { Edges } from "../scene/edges.js";
import type { FramePathSpec } from "../scene/frame-path.js";
import type { StateValues } from "../scene/frame-state.js";
import type { CameraLimits } from "../scene/limits/camera-limits.js";
import type { Motion } from "../scene/motion.js";
import type { Quality } from "../scene/quality.js";
import type { StereoSpec } from "../scene/stereo/layout.js";
import type { SoundFormat } from "../sound/format.js";

export const PRIORITIES = ["low", "normal", "high"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** `depth` is made by the depth stage, the others by the render stage. */
export const ARTIFACT_KINDS = [
  "depth",
  "poster",
  "strip",
  "normals",
  "layers",
  "scene",
  "viewer",
] as const;
export type ArtifactKind = (typeof ARTIFACT_KINDS)[number];

/** Whether a result may have a lower quality than requested if the best way fails. */
export const DEGRADE_POLICIES = ["allow", "forbid"] as const;
export type DegradePolicy = (typeof DEGRADE_POLICIES)[number];

/**
 * Whether a job may reuse results of earlier jobs. Its own results are stored in the cache either
 * way.
 */
export const CACHE_POLICIES = ["use", "bypass"] as const;
export type CachePolicy = (typeof CACHE_POLICIES)[number];

/** The photo's subject is no part of it, because it is known only when the depth map is. */
export type CameraSpec = Omit<FramePathSpec["camera"], "subject"> & CameraLimits;

/** The depth options of a job. */
export interface DepthSpec extends PostProcessing {
  /** Long side of the map in pixels; absent: the depth service decides. */
  readonly longSidePixels?: number;
  /** Whether a depth map that the camera has put into the photo is used in place of an estimate. */
  readonly embedded: boolean;
  /** Present if the caller supplies a depth map. Then nothing is estimated. */
  readonly map?: MapInput;
}

/** Samples per side of each pixel. */
export type Supersampling = 1 | 2 | 3 | 4;

/** Width, height and longest side are in pixels; absent: the photo decides. */
export interface ClipSpec {
  readonly durationSeconds: number;
  readonly frameRate: FrameRate;
  readonly width?: number;
  readonly height?: number;
  readonly longestSide?: number;
  readonly fit: FitMode;
  readonly ssaa: Supersampling;
  readonly background: Background;
  /** Only with the background `none`; absent: the disparity map decides. */
  readonly cutoutDisparity?: number;
}

/**
 * The moments of the clip that the stills show. They are made only if the artifacts include them.
 */
export interface StillSpec {
  /** Fraction of the clip's length, [0, 1]. */
  readonly posterTau: number;
  /** Stills of the strip, at τ = i / stripCount. */
  readonly stripCount: number;
  readonly posterFormat: PosterFormat;
  /** 1 to 100; PNG has none. */
  readonly posterQuality: number;
  readonly posterTransparency: Transparency;
}

/**
 * A sound file in the blob store. It is cut or looped to the length of each output that holds
 * sound.
 */
export interface SoundSpec {
  readonly sha256: string;
  readonly format: SoundFormat;
}

export interface JobSpec extends FramePathSpec {
  readonly model: string;
  readonly depth: DepthSpec;
  readonly camera: CameraSpec;
  readonly clip: ClipSpec;
  readonly stereo: StereoSpec;
  /**
   * Camera and effect parameters that the caller set, by the path of the field. The preset decides
   * all others.
   */
  readonly values: StateValues;
  /**
   * Parameters that move over the clip. Each motion starts from the value that the motions before
   * it have made.
   */
  readonly motions: readonly Motion[];
  /** Absent: the renderer decides. */
  readonly quality?: Quality;
  /** What is drawn where the camera looks past the edge of a near thing. */
  readonly edges: Edges;
  /** Seed of everything random, in [0, 2^32). */
  readonly seed: number;
  readonly outputs: readonly OutputSpec[];
  readonly artifacts: readonly ArtifactKind[];
  readonly stills: StillSpec;
  readonly priority: Priority;
  readonly degradePolicy: DegradePolicy;
  readonly cachePolicy: CachePolicy;
  /** Absent: no sound. The caller sends the sound as a separate file, not in the specification. */
  readonly sound?: SoundSpec;
}

/** The last stage that a job needs: it makes the last of the requested artifacts and outputs. */
export function lastStageOf({
  outputs,
  artifacts,
}: Pick<JobSpec, "outputs" | "artifacts">): "depth" | "render" | "encode" {
  if (outputs.length > 0) return "encode";
  return artifacts.some((kind) => kind !== "depth") ? "render" : "depth";
}

/** The jobs of a run: small ones that together take every path through the mesh. */
import type { Lane } from "../../pipeline/stages.js";
import {
  ArtifactKind,
  Container,
  type DeepPartial,
  JobSpec,
  Priority,
} from "../../proto/gen/depthmesh/v1/spec.js";

/** The shape of a job decides its stages and its artifacts. */
export const JOB_SHAPES = ["video", "two-outputs", "stills", "depth", "segments"] as const;
export type JobShape = (typeof JOB_SHAPES)[number];

export interface JobPlan {
  readonly shape: JobShape;
  readonly lane: Lane;
  /** Seed of the photo's pixels: equal seeds give equal photos. */
  readonly photoSeed: number;
  /** The photo has damaged pixel data. */
  readonly isCorrupt: boolean;
  readonly submitAtMs: number;
  /** Time from the acceptance of the job to its cancel; undefined: not cancelled. */
  readonly cancelAfterMs?: number;
  /** The photo comes by an upload in parts. */
  readonly isUploaded?: boolean;
  /** The same request is sent a second time after it was answered. */
  readonly isRepeated: boolean;
}

/** Clips that are divided: into three parts of the shortest length that can be set. */
export const SEGMENT_SECONDS = 1;
const SEGMENTS = 3;
const SEGMENT_RATE = 8;
const FRAMES = 6;
const FRAME_RATE = 12;
const SIZE = { width: 128, height: 86 };
const CLIP = {
  durationSeconds: FRAMES / FRAME_RATE,
  frameRate: { numerator: FRAME_RATE, denominator: 1 },
  ...SIZE,
};
const LONG_CLIP = {
  durationSeconds: SEGMENTS * SEGMENT_SECONDS,
  frameRate: { numerator: SEGMENT_RATE, denominator: 1 },
  ...SIZE,
};

/** How many frames the video of such a job has. */
export function framesOf(shape: JobShape): number {
  return shape === "segments" ? SEGMENTS * SEGMENT_SECONDS * SEGMENT_RATE : FRAMES;
}

const PRIORITY_OF: Readonly<Record<Lane, Priority>> = {
  high: Priority.PRIORITY_HIGH,
  normal: Priority.PRIORITY_NORMAL,
  low: Priority.PRIORITY_LOW,
};

const SPEC_OF_SHAPE: Readonly<Record<JobShape, DeepPartial<JobSpec>>> = {
  video: { outputs: [{}] },
  "two-outputs": {
    outputs: [{}, { container: Container.CONTAINER_GIF }],
    artifacts: [ArtifactKind.ARTIFACT_KIND_POSTER],
  },
  stills: {
    artifacts: [ArtifactKind.ARTIFACT_KIND_POSTER, ArtifactKind.ARTIFACT_KIND_STILL_STRIP],
  },
  depth: { artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] },
  // No frame of this path shows an earlier one again.
  segments: { outputs: [{}], camera: { preset: "circle" }, clip: LONG_CLIP },
};

export function specOf({ shape, lane }: JobPlan): JobSpec {
  return JobSpec.fromPartial({ clip: CLIP, priority: PRIORITY_OF[lane], ...SPEC_OF_SHAPE[shape] });
}

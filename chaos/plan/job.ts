/** The jobs of a run: small ones, of every way through the mesh. */
import type { Lane } from "../../pipeline/stages.js";
import {
  ArtifactKind,
  Container,
  type DeepPartial,
  JobSpec,
  Priority,
} from "../../proto/gen/depthmesh/v1/spec.js";

/** `shape` says which stages a job passes and what it leaves. */
export const JOB_SHAPES = ["video", "two-outputs", "stills", "depth"] as const;
export type JobShape = (typeof JOB_SHAPES)[number];

export interface JobPlan {
  readonly shape: JobShape;
  readonly lane: Lane;
  /** Of the photo's pixels: equal numbers are equal photos. */
  readonly photoSeed: number;
  /** A file whose structure is whole and whose pixels are not. */
  readonly isCorrupt: boolean;
  readonly submitAtMs: number;
  /** From the answer to the cancel; unset: left alone. */
  readonly cancelAfterMs?: number;
  /** The same request is sent once more after its answer. */
  readonly isRepeated: boolean;
}

export const FRAMES = 6;
const FRAME_RATE = 12;
const CLIP = {
  durationSeconds: FRAMES / FRAME_RATE,
  frameRate: { numerator: FRAME_RATE, denominator: 1 },
  width: 128,
  height: 86,
};

const PRIORITY_OF: Readonly<Record<Lane, Priority>> = {
  high: Priority.PRIORITY_HIGH,
  normal: Priority.PRIORITY_NORMAL,
  low: Priority.PRIORITY_LOW,
};

const OF_SHAPE: Readonly<Record<JobShape, DeepPartial<JobSpec>>> = {
  video: { outputs: [{}] },
  "two-outputs": {
    outputs: [{}, { container: Container.CONTAINER_GIF }],
    artifacts: [ArtifactKind.ARTIFACT_KIND_POSTER],
  },
  stills: {
    artifacts: [ArtifactKind.ARTIFACT_KIND_POSTER, ArtifactKind.ARTIFACT_KIND_STILL_STRIP],
  },
  depth: { artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH] },
};

export function specOf({ shape, lane }: JobPlan): JobSpec {
  return JobSpec.fromPartial({ clip: CLIP, priority: PRIORITY_OF[lane], ...OF_SHAPE[shape] });
}

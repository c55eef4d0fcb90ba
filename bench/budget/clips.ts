/** The clips whose frames the budget measures. */
import { ArtifactKind, JobSpec, Quality } from "../../proto/gen/depthmesh/v1/spec.js";
import { clipOf } from "../bench-mesh.js";
import type { SizeName } from "./size-names.js";

/** A size, and how many frames the jobs have whose difference is measured. */
export interface BudgetSize {
  readonly name: SizeName;
  readonly width: number;
  readonly height: number;
  readonly frames: { readonly short: number; readonly long: number };
}

export const SIZES: readonly BudgetSize[] = [
  { name: "720p", width: 1280, height: 720, frames: { short: 30, long: 150 } },
  { name: "1080p", width: 1920, height: 1080, frames: { short: 30, long: 150 } },
  { name: "4K", width: 3840, height: 2160, frames: { short: 15, long: 75 } },
];

/** In `horizontal` each state of the camera returns once, in `circle` none does. */
export const PRESETS = ["horizontal", "circle"] as const;
export type BudgetPreset = (typeof PRESETS)[number];

const FRAMES_PER_SECOND = 30;

/** Each seed makes another job with the same depth map and, without grain, the same frames. */
export function budgetSpec(
  { width, height }: BudgetSize,
  preset: BudgetPreset,
  frames: number,
  seed: number,
): JobSpec {
  return JobSpec.fromPartial({
    seed,
    quality: Quality.QUALITY_FAST,
    camera: { preset },
    clip: clipOf(width, height, frames / FRAMES_PER_SECOND, FRAMES_PER_SECOND),
    outputs: [{}],
    artifacts: [ArtifactKind.ARTIFACT_KIND_DEPTH],
  });
}

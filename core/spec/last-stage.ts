/** Where a job ends. */
import type { JobSpec } from "./spec.js";

/** The stage after which a job has all that it was asked for. */
export function lastStageOf({
  outputs,
  artifacts,
}: Pick<JobSpec, "outputs" | "artifacts">): "depth" | "render" | "encode" {
  if (outputs.length > 0) return "encode";
  return artifacts.some((kind) => kind !== "depth") ? "render" : "depth";
}

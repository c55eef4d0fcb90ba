/** Which parts of a job keep the transparency of its photo. */
import { POSTER_FILES } from "../output/poster.js";
import type { JobSpec } from "./spec.js";

type Requested = Pick<JobSpec, "outputs" | "artifacts" | "stills" | "stereo">;
type RequestedFrames = Requested & { readonly clip: Pick<JobSpec["clip"], "background"> };

const asksFor = (
  transparency: string,
  { outputs, artifacts, stills }: Omit<Requested, "stereo">,
): boolean =>
  outputs.some((output) => output.transparency === transparency) ||
  (hasAlphaFormat({ artifacts, stills }) && stills.posterTransparency === transparency);

/** Whether the job makes a poster whose format can hold transparency. */
const hasAlphaFormat = ({ artifacts, stills }: Pick<Requested, "artifacts" | "stills">) =>
  artifacts.includes("poster") && POSTER_FILES[stills.posterFormat].alpha;

/** Whether an output or the poster must keep transparency. */
export function asksForAlpha(spec: Omit<Requested, "stereo">): boolean {
  return asksFor("keep", spec);
}

/** Whether the job has any use for the photo's alpha. Stereo frames are opaque. */
export function usesAlpha(spec: Requested): boolean {
  if (spec.stereo.layout !== "none") return false;
  return asksFor("keep", spec) || spec.outputs.some(({ transparency }) => transparency === "auto");
}

/**
 * Whether the frames of the job have alpha: where the photo has and an output keeps it, and always
 * where transparency is asked for, because what lies beyond the photo's edges is transparent then,
 * and where the background is left out.
 */
export function framesHaveAlpha(spec: RequestedFrames, photoHasAlpha: boolean): boolean {
  if (spec.clip.background === "none") return spec.stereo.layout === "none";
  return usesAlpha(spec) && (asksForAlpha(spec) || photoHasAlpha);
}

/** Whether the poster of a job whose frames have alpha keeps it. */
export function posterKeepsAlpha({ stills }: Pick<Requested, "stills">): boolean {
  return POSTER_FILES[stills.posterFormat].alpha && stills.posterTransparency !== "flatten";
}

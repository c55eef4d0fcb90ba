/**
 * Sizes and frame rates of animated pictures whose request names none: a web page loads them whole,
 * so that they are smaller than videos.
 */
import type { OutputSpec } from "../output/spec.js";
import type { Fields } from "./fields.js";
import type { SpecRequest } from "./request.js";
import type { WebDefaults } from "./resolve-outputs.js";
import type { ClipSpec } from "./spec.js";

const SIZE_FIELDS = ["clip.width", "clip.height", "clip.longest_side"] as const;

/** Which defaults apply: those for the size and the rate that the request does not set. */
export function webDefaults(fields: Fields, { frameRate }: SpecRequest): WebDefaults {
  return {
    longestSidePixels: SIZE_FIELDS.every((name) => fields.optional(name) === undefined),
    frameRate: frameRate === undefined,
  };
}

/**
 * The size and the rate of a clip that only such pictures show: the largest of theirs, so that no
 * pixel is drawn in vain. A poster or a strip shows the clip's whole size, and motions with a value
 * for each frame fix the number of frames.
 */
export function webClip(
  web: WebDefaults,
  outputs: readonly OutputSpec[],
  { artifacts, motions }: Pick<SpecRequest, "artifacts" | "motions">,
): Partial<Pick<ClipSpec, "longestSide" | "frameRate">> {
  const longestSide = greatest(outputs.map(({ maxLongestSide }) => maxLongestSide));
  const rate = greatest(outputs.map(({ maxFrameRate }) => maxFrameRate));
  const hasStills = artifacts.some((kind) => kind !== "depth");
  const hasFrameValues = motions.some(({ values }) => values !== undefined);
  return {
    ...(web.longestSidePixels && !hasStills && longestSide !== undefined && { longestSide }),
    ...(web.frameRate &&
      !hasFrameValues &&
      Number.isInteger(rate) &&
      rate !== undefined && { frameRate: { numerator: rate, denominator: 1 } }),
  };
}

/** The greatest of the limits; undefined if one is absent, and if there are none. */
function greatest(limits: readonly (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === limits.length && given.length > 0 ? Math.max(...given) : undefined;
}

/** What makes two results the same, and which results may be given to another job. */
import { canonicalJson, without } from "./canonical-json.js";
import { isOfLesserWay } from "./note.js";
import type { JobSpec } from "./spec.js";
import type { DepthOutput, RasterRef } from "./stage-output.js";

/** Everything that decides a result. */
export interface ResultOrigin {
  readonly tenant: string;
  /** Of the mesh: another version may draw otherwise. */
  readonly version: string;
  readonly photo: RasterRef;
  readonly disparity: RasterRef;
  readonly spec: JobSpec;
}

/** These say when or how a result is made, not what it is. A field of the spec that is not listed here is part of the key. */
export const WITHOUT_EFFECT: ReadonlySet<keyof JobSpec> = new Set([
  "priority",
  "degradePolicy",
  "cachePolicy",
]);

/** The origin as text: equal for equal results, whatever the order of the fields. */
export function resultIdentity({ tenant, version, photo, disparity, spec }: ResultOrigin): string {
  const rasters = [photo, disparity].map(({ sha256, width, height }) => [sha256, width, height]);
  return canonicalJson([tenant, version, rasters, without(spec, WITHOUT_EFFECT)]);
}

/** The key to keep a finished result under; undefined where any part of it was made in a lesser way. */
export function keptUnder(
  { resultKey }: Pick<DepthOutput, "resultKey">,
  notes: readonly { readonly code: string }[],
): string | undefined {
  return notes.some(isOfLesserWay) ? undefined : (resultKey ?? undefined);
}

/** What makes two results the same, and which results may be given to another job. */
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

/** Says when or by what means a result is made, and nothing of the result. A field that is not here counts. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set<keyof JobSpec>([
  "priority",
  "degradePolicy",
  "cachePolicy",
]);

/** The origin as text: equal for equal results, whatever the order of the fields. */
export function resultIdentity({ tenant, version, photo, disparity, spec }: ResultOrigin): string {
  const counted = Object.entries(spec).filter(([name]) => !WITHOUT_EFFECT.has(name));
  const rasters = [photo, disparity].map(({ sha256, width, height }) => [sha256, width, height]);
  return JSON.stringify([tenant, version, rasters, Object.fromEntries(counted)], sortedFields);
}

function sortedFields(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The key to keep a finished result under; undefined where any part of it was made in a lesser way. */
export function keptUnder(
  { resultKey }: Pick<DepthOutput, "resultKey">,
  notes: readonly { readonly code: string }[],
): string | undefined {
  return notes.some(isOfLesserWay) ? undefined : (resultKey ?? undefined);
}

/**
 * The identity of a job's result: a text that is equal for jobs with the same result, which depth
 * hashes into the key of the result cache. Also decides which results other jobs may reuse.
 */
import { isOfLesserWay } from "./note.js";
import type { JobSpec } from "./spec.js";
import type { DepthOutput, RasterRef } from "./stage-output.js";

/** Everything that a result depends on. */
export interface ResultOrigin {
  readonly tenant: string;
  /** Version of the mesh: another version may draw different pixels. */
  readonly version: string;
  readonly photo: RasterRef;
  /** Null if the photo is opaque, or its transparency unused. */
  readonly alpha: RasterRef | null;
  readonly disparity: RasterRef;
  readonly spec: JobSpec;
}

/**
 * These say when or how a result is made, not what it is. A field of the spec that is not listed
 * here is part of the key.
 */
export const WITHOUT_EFFECT: ReadonlySet<keyof JobSpec> = new Set([
  "priority",
  "degradePolicy",
  "cachePolicy",
]);

/** The origin as text. It is equal for equal results, whatever the order of the fields. */
export function resultIdentity(origin: ResultOrigin): string {
  const { tenant, version, photo, alpha, disparity, spec } = origin;
  const rasters = [photo, disparity, ...(alpha ? [alpha] : [])].map(({ sha256, width, height }) => [
    sha256,
    width,
    height,
  ]);
  return canonicalJson([tenant, version, rasters, without(spec, WITHOUT_EFFECT)]);
}

/**
 * The key under which a finished result is stored; undefined if any part of it has a lower quality
 * than requested.
 */
export function keptUnder(
  { resultKey }: Pick<DepthOutput, "resultKey">,
  notes: readonly { readonly code: string }[],
): string | undefined {
  return notes.some(isOfLesserWay) ? undefined : (resultKey ?? undefined);
}

/** The JSON of `value` with the fields of every object sorted by name. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part !== "object" || part === null || Array.isArray(part)
      ? part
      : Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
}

/**
 * `value` without the fields of these names. Every other field stays, whether it is known here or
 * not.
 */
export function without<T extends object, K extends string>(
  value: T,
  names: ReadonlySet<K>,
): Omit<T, K> {
  const kept = Object.entries(value).filter(([name]) => !(names as ReadonlySet<string>).has(name));
  return Object.fromEntries(kept) as Omit<T, K>;
}

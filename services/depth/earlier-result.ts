/** Whether a job has made already what this one is to make: known as soon as the map is. */
import { createHash } from "node:crypto";
import { resultIdentity } from "../../core/spec/kept-result.js";
import type { JobSpec } from "../../core/spec/spec.js";
import { VERSION } from "../../kit/process/version.js";
import { inSpan } from "../../kit/telemetry/tracing.js";
import type { EarlierResult } from "../../pipeline/record/complete-from-cache.js";
import type { JobRecord } from "../../pipeline/record/record.js";
import type { ResultCache } from "../../pipeline/results/result-cache.js";
import type { CachedMap } from "./cache.js";

/** The key of a result; null for a job that makes nothing but its map, which has a cache of its own. */
export function resultKey(
  { tenant, lastStage }: Pick<JobRecord, "tenant" | "lastStage">,
  spec: JobSpec,
  { photo, disparity }: Pick<CachedMap, "photo" | "disparity">,
): string | null {
  if (lastStage === "depth") return null;
  const identity = resultIdentity({ tenant, version: VERSION, photo, disparity, spec });
  return createHash("sha256").update(identity).digest("hex");
}

/** Throws the signal's reason. */
export function lookUpResult(
  results: ResultCache,
  key: string,
  signal: AbortSignal,
): Promise<EarlierResult | undefined> {
  return inSpan("look up result", {}, async (span) => {
    const found = await results.find(key, signal);
    span.setAttribute("depthmesh.cache_hit", found !== undefined);
    if (found) span.setAttribute("depthmesh.earlier_job", found.job);
    return found;
  });
}

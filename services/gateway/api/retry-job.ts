/**
 * RetryJob (and RedriveDeadLetter): creates a new job that continues one that has ended, from a
 * given stage on, and reuses the files that its earlier stages have made. The ended job stays as it
 * is.
 */

import { DepthmeshError } from "../../../core/errors.js";
import { depthOutputOf } from "../../../core/spec/stage-output.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { increment } from "../../../kit/telemetry/metrics.js";
import { activeTraceId, inJobSpan, SpanKind } from "../../../kit/telemetry/tracing.js";
import { undeleted } from "../../../pipeline/record/deletion.js";
import { newId } from "../../../pipeline/record/id.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import {
  retryRecord,
  stageToRetry,
  withoutRetry,
  withRetry,
} from "../../../pipeline/record/retry.js";
import { updateRecord } from "../../../pipeline/record/store.js";
import type { Stage } from "../../../pipeline/stages.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import type { RetryJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { STAGE_WORDS } from "../../../wire/enums.js";
import type { GatewayContext } from "../context.js";
import { acknowledgeRecord, busBudget, publishFirstOrder } from "../upload/first-order.js";
import {
  assertNotDeleted,
  checkedRequestId,
  claimRequest,
  clientRequest,
  contentHash,
} from "../upload/request-ids.js";
import { presentJob, readRecord } from "./jobs.js";

/**
 * Throws JOB_NOT_FOUND, JOB_NOT_READY, PARAMETER_CONFLICT, QUOTA_EXCEEDED and what `continueJob`
 * throws.
 */
export async function retryJob(
  context: GatewayContext,
  { name, fromStage, requestId }: RetryJobRequest,
  identity: Identity,
): Promise<Job> {
  const ended = await readRecord(context, name, identity);
  const stage = stageToRetry(ended, STAGE_WORDS.word(fromStage, "from_stage"));
  const content = contentHash("retry", ended.id, String(fromStage));
  const id = requestId === "" ? newId() : await claimRetry(context, ended, requestId, content);
  const existing = requestId === "" ? undefined : await context.store.read(id);
  if (existing) {
    const { record } = await continueJob(context, ended, stage, id);
    return presentJob(context, record);
  }
  const cost = { id, uploadBytes: 0, pixelFrames: ended.work?.pixelFrames ?? 0 };
  const takeBack = context.quotas.takeJob(identity.tenant, cost);
  try {
    const { record, isNew } = await continueJob(context, ended, stage, id);
    // An identical call has created the job meanwhile, and counted it.
    if (!isNew) takeBack();
    return await presentJob(context, record);
  } catch (error) {
    takeBack();
    throw error;
  }
}

/**
 * The id of the job that the request creates or has created. Throws JOB_NOT_FOUND if that was
 * deleted.
 */
async function claimRetry(
  { bus, store, buckets }: GatewayContext,
  { tenant }: JobRecord,
  requestId: string,
  content: string,
): Promise<string> {
  const fresh = newId();
  const key = clientRequest(tenant, checkedRequestId(requestId));
  const { job: id } = await claimRequest(buckets.requests, key, content, fresh);
  if (id !== fresh) await assertNotDeleted({ bus, store }, { id, tenant });
  return id;
}

export interface ContinuedJob {
  readonly record: JobRecord;
  /** This call has created it. */
  readonly isNew: boolean;
}

/**
 * Creates the job `id`, which continues `ended` from `stage` on. A call that is interrupted can be
 * repeated with the same id: first the ended record names the new job, then the new record is
 * created, then its order is published (by the reconciler if need be). Throws BLOB_NOT_FOUND,
 * QUEUE_FULL, BUS_UNAVAILABLE.
 */
export function continueJob(
  context: GatewayContext,
  ended: JobRecord,
  stage: Stage,
  id: string,
): Promise<ContinuedJob> {
  const attributes = { "depthmesh.job": id };
  return inJobSpan("retry", { kind: SpanKind.SERVER, attributes }, async () => {
    const { store, claims } = context;
    const joined = async () => ({ record: await acknowledgeRecord(store, id), isNew: false });
    if (await store.read(id)) return joined();
    const retry = { id, traceId: activeTraceId(), nowMs: Date.now() };
    const call = `retry/${newId()}`;
    let record = retryRecord(ended, stage, retry);
    let revision: number | undefined;
    try {
      // What depth has made can be made again, so its loss only makes the retry begin earlier.
      if (!(await holdsAll(context, call, madeByDepth(record)))) {
        record = retryRecord(ended, "depth", retry);
      }
      await holdInputs(context, call, record);
      // A deletion that is marked later sees the claims, or the new record.
      await updateRecord(store, ended.id, (current) => withRetry(undeleted(current), id));
      revision = await store.create(record);
      if (revision === undefined) return await joined();
    } finally {
      claims.release(call);
    }
    try {
      await publishFirstOrder(context, record, firstStage(record), busBudget(), revision);
    } catch (error) {
      await updateRecord(store, ended.id, (current) => withoutRetry(current, id));
      throw error;
    }
    increment("depthmesh.jobs.accepted", { "depthmesh.lane": record.lane });
    return { record, isNew: true };
  });
}

/**
 * Renews the age of all blobs that the new job needs, so that the sweep spares them even if the
 * ended job is removed before the new record exists. Throws BLOB_NOT_FOUND with the first missing
 * one: files may be removed earlier than records.
 */
async function holdInputs(
  { blobs, claims }: GatewayContext,
  call: string,
  record: JobRecord,
): Promise<void> {
  for (const [what, sha256] of sentByCaller(record)) {
    await claims.claim(call, sha256);
    if (await blobs.hold(sha256)) continue;
    const message = `the job cannot be retried: its ${what} is no longer stored`;
    throw new DepthmeshError("BLOB_NOT_FOUND", message, { metadata: { missing: what, sha256 } });
  }
}

/** The stage whose order is decided. */
function firstStage({ stages }: JobRecord): Stage {
  return stages.depth.done ? "render" : "depth";
}

type NamedBlob = readonly [what: string, sha256: string];

function sentByCaller({ specBlob, photoBlob, depthMapBlob, soundBlob }: JobRecord): NamedBlob[] {
  return [
    ["spec", specBlob],
    ["photo", photoBlob],
    ...(depthMapBlob === undefined ? [] : [["supplied depth map", depthMapBlob] as const]),
    ...(soundBlob === undefined ? [] : [["sound", soundBlob] as const]),
  ];
}

/** What the new record takes over from depth: its output and its artifacts. */
function madeByDepth({ stages, artifacts }: JobRecord): string[] {
  if (!stages.depth.done) return [];
  const { photo, alpha, disparity, thumbnail } = depthOutputOf(stages.depth.output);
  const files = [...artifacts, photo, ...(alpha ? [alpha] : []), disparity, thumbnail];
  return files.map(({ sha256 }) => sha256);
}

/** As `holdInputs`, for blobs that can be made again: false if one is missing or damaged. */
async function holdsAll(
  { blobs, claims }: GatewayContext,
  call: string,
  hashes: readonly string[],
): Promise<boolean> {
  for (const sha256 of hashes) {
    await claims.claim(call, sha256);
    if (!(await blobs.hold(sha256))) return false;
  }
  return true;
}

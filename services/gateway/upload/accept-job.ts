/**
 * Second half of CreateJob and Convert: accepts a checked upload as a job, that is: stores its
 * files, writes the job record and publishes the order for the depth stage. A request that repeats
 * an earlier one finds the job of that.
 */
import { workOf } from "../../../core/estimate/work.js";
import { briefOf } from "../../../core/spec/brief.js";
import { planOf } from "../../../core/spec/plan.js";
import { lastStageOf } from "../../../core/spec/spec.js";
import { writeSpec } from "../../../core/spec/stored-spec.js";
import type { TimeBudget } from "../../../kit/async/deadline.js";
import type { BlobFacts } from "../../../kit/blobs/store.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import { chunksOf } from "../../../kit/rpc/chunks.js";
import type { Identity } from "../../../kit/rpc/identity.js";
import { increment } from "../../../kit/telemetry/metrics.js";
import { activeTraceId } from "../../../kit/telemetry/tracing.js";
import { isAbandoned, joinCall, keepForAll } from "../../../pipeline/record/calls.js";
import { isDeleted } from "../../../pipeline/record/deletion.js";
import { newId } from "../../../pipeline/record/id.js";
import { type JobRecord, type NewJob, newRecord } from "../../../pipeline/record/record.js";
import type { Versioned } from "../../../pipeline/record/store.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import { toPlannedJob, toWireJob } from "../../../wire/job.js";
import { canonicalRequest } from "../../../wire/spec.js";
import { presentJob } from "../api/jobs.js";
import type { GatewayContext } from "../context.js";
import type { UploadedFile } from "../kept-uploads/upload-files.js";
import { assertInFuture } from "./check-header.js";
import { acknowledgeRecord, busBudget, publishFirstOrder } from "./first-order.js";
import type { Upload } from "./receive-upload.js";
import {
  type Claim,
  claimRequest,
  clientRequest,
  contentHash,
  deletedRequest,
  lastEventOf,
  replaceClaim,
} from "./request-ids.js";

type Draft = Omit<NewJob, "specBlob" | "photoBlob">;

/** For whom a job is created. */
export interface JobCaller {
  readonly identity: Identity;
  /** Id of the Convert call for which the job is made, if one is. */
  readonly convert?: string | undefined;
}

/**
 * Creates the job, or finds the one that the same request of the same tenant has created before.
 * Throws IDEMPOTENCY_CONFLICT, JOB_NOT_FOUND, QUOTA_EXCEEDED, QUEUE_FULL, BUS_UNAVAILABLE.
 */
export async function acceptJob(
  context: GatewayContext,
  upload: Upload,
  { identity: { tenant }, convert }: JobCaller,
): Promise<Job> {
  const { spec, deadlineAtMs, labels, webhooks } = upload;
  const draft: Draft = {
    id: newId(),
    tenant,
    lane: spec.priority,
    lastStage: lastStageOf(spec),
    traceId: activeTraceId(),
    nowMs: Date.now(),
    deadlineAtMs,
    brief: briefOf(spec),
    work: workOf(spec, upload.size),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(webhooks.length > 0 && { webhooks }),
    ...(convert !== undefined && { calls: [convert] }),
  };
  if (upload.validateOnly) {
    assertInFuture(deadlineAtMs, draft.nowMs);
    return toPlannedJob(spec, planOf(spec, upload.size), { deadlineAtMs, labels });
  }
  // NATS may have gone away while the files were received.
  context.bus.connectionState.assertUp();
  const budget = busBudget();
  const { id, existing } = await jobOfRequest(context, upload, draft, convert, budget);
  // An earlier version of this server may have made it, with other defaults.
  if (existing) return presentJob(context, existing);
  assertInFuture(deadlineAtMs, draft.nowMs);
  const cost = {
    id,
    uploadBytes: receivedBytes(upload),
    pixelFrames: draft.work?.pixelFrames ?? 0,
  };
  const takeBack = context.quotas.takeJob(tenant, cost);
  try {
    const created = await createRecord(context, upload, { ...draft, id }, budget);
    if (!created) {
      takeBack();
      const joined = await budget.wait(() => joinJob(context, id, convert));
      return presentJob(context, joined);
    }
    const { record, revision } = created;
    increment("depthmesh.jobs.accepted", { "depthmesh.lane": record.lane });
    failpoint("after-record-before-publish", record.id);
    await publishFirstOrder(context, record, "depth", budget, revision);
    return toWireJob(record, spec, context.outlook.of(record));
  } catch (error) {
    takeBack();
    throw error;
  }
}

/** Bytes of the files that came with the call; those of finished uploads were counted before. */
function receivedBytes({ photo, depthMap, sound, stored }: Upload): number {
  const files = [
    [photo, stored.photo],
    [depthMap, stored.depthMap],
    [sound, stored.sound],
  ] as const;
  return files.reduce((sum, [bytes, file]) => sum + (file ? 0 : (bytes?.length ?? 0)), 0);
}

/**
 * The id of the job that the request creates, or the job that it has created before. A job that was
 * cancelled because the client of its Convert call had gone gives way to a new one.
 */
async function jobOfRequest(
  context: GatewayContext,
  upload: Upload,
  { id: fresh, tenant }: Draft,
  convert: string | undefined,
  budget: TimeBudget,
): Promise<{ readonly id: string; readonly existing?: JobRecord }> {
  if (upload.requestId === "") return { id: fresh };
  const { store, buckets, bus } = context;
  const key = clientRequest(tenant, upload.requestId);
  const content = requestContent(upload);
  const wait = <T>(request: () => Promise<T>) => budget.wait(request);
  const replace = (claim: Claim) =>
    wait(() => replaceClaim(buckets.requests, key, { ...claim, job: fresh }));
  for (;;) {
    const claim = await wait(() => claimRequest(buckets.requests, key, content, fresh));
    const id = claim.job;
    const found = await wait(() => store.read(id));
    if (found && !isAbandoned(found.record)) {
      const existing = await wait(() => joinJob(context, id, convert));
      if (!isAbandoned(existing)) return { id, existing };
      continue;
    }
    if (id === fresh) return { id };
    const last = found ? undefined : await wait(() => lastEventOf({ bus, store }, { id, tenant }));
    if (!found && !last) return { id };
    if (last && last.reason !== "CALLER_GONE") throw deletedRequest(id, last.state);
    if (await replace(claim)) return { id: fresh };
  }
}

/** Takes part in a job that exists. Throws JOB_NOT_FOUND for a deleted one. */
async function joinJob(
  { store }: GatewayContext,
  id: string,
  convert: string | undefined,
): Promise<JobRecord> {
  const record = await acknowledgeRecord(store, id, (current) =>
    convert === undefined ? keepForAll(current) : joinCall(current, convert),
  );
  if (isDeleted(record)) throw deletedRequest(id, record.state);
  return record;
}

/**
 * The hash of what the client sent. No default is part of it, so that a request that is repeated
 * across an upgrade is the same request, whatever parameters and defaults the new version has.
 */
export function requestContent({
  request,
  photo,
  depthMap,
  sound,
}: Pick<Upload, "request" | "photo" | "depthMap" | "sound">): string {
  const files = [photo, depthMap, sound].map((bytes) => bytes ?? "absent");
  return contentHash("request", canonicalRequest(request), ...files);
}

/** Undefined if an identical call has created the job meanwhile. */
async function createRecord(
  context: GatewayContext,
  upload: Upload,
  draft: Draft,
  budget: TimeBudget,
): Promise<Versioned | undefined> {
  const { store, claims } = context;
  const call = `create/${newId()}`;
  try {
    const record = newRecord({ ...draft, ...(await storeFiles(context, call, upload)) });
    const revision = await budget.wait(() => store.create(record));
    return revision === undefined ? undefined : { record, revision };
  } finally {
    // A deletion that looks for the users of the files sees the claims, or the record.
    claims.release(call);
  }
}

/**
 * Stores the spec and the files as blobs, unless they are there: their hashes as the fields of the
 * job record.
 */
async function storeFiles(
  { blobs, claims }: GatewayContext,
  call: string,
  { spec, photo, depthMap, sound, stored }: Upload,
) {
  const store = (chunks: Iterable<Uint8Array>) =>
    blobs.write(chunks, (sha256) => claims.claim(call, sha256));
  const storeFile = async (bytes: Uint8Array, file?: UploadedFile): Promise<BlobFacts> => {
    if (!file) return store(chunksOf(bytes));
    await claims.claim(call, file.sha256);
    // The upload may have been removed since its bytes were read.
    return (await blobs.hold(file.sha256)) ? file : store(chunksOf(bytes));
  };
  const [specBlob, photoBlob, depthMapBlob, soundBlob] = await Promise.all([
    store([writeSpec(spec)]),
    storeFile(photo, stored.photo),
    depthMap && storeFile(depthMap, stored.depthMap),
    sound && storeFile(sound, stored.sound),
  ]);
  return {
    specBlob: specBlob.sha256,
    photoBlob: photoBlob.sha256,
    ...(depthMapBlob && { depthMapBlob: depthMapBlob.sha256 }),
    ...(soundBlob && { soundBlob: soundBlob.sha256 }),
  };
}

/**
 * CreateJob: receives and checks an upload, then accepts it as a job, that is: stores its files,
 * writes the job record and publishes the order for the depth stage. Convert begins with the same
 * steps.
 */

import { briefOf } from "../../../core/spec/brief.js";
import { lastStageOf } from "../../../core/spec/spec.js";
import { writeSpec } from "../../../core/spec/stored-spec.js";
import { Semaphore } from "../../../kit/async/semaphore.js";
import type { FileBlobStore } from "../../../kit/blobs/file-store.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import type { CallContext } from "../../../kit/rpc/call.js";
import { chunksOf } from "../../../kit/rpc/chunks.js";
import { activeTraceId, inSpan, SpanKind } from "../../../kit/telemetry/tracing.js";
import { newId } from "../../../pipeline/record/id.js";
import { type JobRecord, newRecord } from "../../../pipeline/record/record.js";
import { DEFAULT_TENANT } from "../../../pipeline/topology/names.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import type { CreateJobRequest } from "../../../proto/gen/depthmesh/v1/job_service.js";
import { toWireJob } from "../../../wire/job.js";
import type { GatewayContext } from "../context.js";
import { acknowledgeRecord, busBudget, publishFirstOrder } from "./first-order.js";
import { assertInFuture, receiveUpload, type Upload } from "./receive-upload.js";
import { assertNotDeleted, claimRequest, clientRequest, contentHash } from "./request-ids.js";

export type CreateJob = (
  requests: AsyncIterable<CreateJobRequest>,
  call: Pick<CallContext, "signal">,
) => Promise<Job>;

/**
 * The handler of CreateJob. All calls share one limit of concurrent uploads, which sit in memory.
 */
export function jobCreator(context: GatewayContext): CreateJob {
  const { maxUploads, maxWaitingUploads } = context.config;
  const uploads = new Semaphore("uploads", { running: maxUploads, waiting: maxWaitingUploads });
  return (requests, { signal }) =>
    uploads.pass(
      () =>
        inSpan("upload", { kind: SpanKind.SERVER }, async (span) => {
          const upload = await receiveUpload(context, requests);
          span.setAttribute("depthmesh.upload_bytes", sizeBytesOf(upload));
          const job = await acceptJob(context, upload);
          span.setAttribute("depthmesh.job", job.name);
          return job;
        }),
      signal,
    );
}

/**
 * Creates the job, or finds the one that the same request has created before. Throws
 * IDEMPOTENCY_CONFLICT, JOB_NOT_FOUND, QUEUE_FULL, BUS_UNAVAILABLE.
 */
async function acceptJob(context: GatewayContext, upload: Upload): Promise<Job> {
  const { blobs, claims, store, buckets, bus } = context;
  const { spec, deadlineAtMs, requestId, labels, photo, depthMap } = upload;
  const draft = {
    id: newId(),
    tenant: DEFAULT_TENANT,
    lane: spec.priority,
    lastStage: lastStageOf(spec),
    traceId: activeTraceId(),
    nowMs: Date.now(),
    deadlineAtMs,
    brief: briefOf(spec),
    ...(Object.keys(labels).length > 0 && { labels }),
  };
  if (upload.validateOnly) {
    assertInFuture(deadlineAtMs, draft.nowMs);
    return toWireJob(newRecord({ ...draft, specBlob: "", photoBlob: "" }), spec);
  }
  // NATS may have gone away while the files were received.
  bus.connectionState.assertUp();
  const budget = busBudget();
  const existingJob = async (id: string) =>
    toWireJob(await budget.wait(() => acknowledgeRecord(store, id)), spec);
  if (requestId !== "") {
    // The hash covers everything that the client sent; the sound's own hash is part of the spec.
    const request = JSON.stringify({ deadlineAtMs, hasMap: depthMap !== undefined });
    // Of the JSON without its version: a repeated request has the same hash after an upgrade of the
    // server.
    const content = contentHash("create", JSON.stringify(spec), request, photo, depthMap ?? "");
    const key = clientRequest(requestId);
    const id = await budget.wait(() => claimRequest(buckets.requests, key, content, draft.id));
    if (await budget.wait(() => store.read(id))) return existingJob(id);
    if (id !== draft.id) await budget.wait(() => assertNotDeleted(context, { ...draft, id }));
    assertInFuture(deadlineAtMs, draft.nowMs);
    draft.id = id;
  }
  const call = `create/${newId()}`;
  let record: JobRecord;
  try {
    const files = await storeFiles(blobs, upload, (sha256) => claims.claim(call, sha256));
    record = newRecord({ ...draft, ...files });
    if (!(await budget.wait(() => store.create(record)))) return existingJob(record.id);
  } finally {
    // A deletion that looks for the files' users sees the claims, or the record.
    claims.release(call);
  }
  failpoint("after-record-before-publish", record.id);
  await publishFirstOrder(context, record, "depth", budget);
  return toWireJob(record, spec);
}

/** Stores the spec and the files as blobs: their hashes as the fields of the job record. */
async function storeFiles(
  blobs: FileBlobStore,
  { spec, photo, depthMap, sound }: Upload,
  onNamed: (sha256: string) => void,
) {
  const [specBlob, photoBlob, depthMapBlob, soundBlob] = await Promise.all([
    blobs.write([writeSpec(spec)], onNamed),
    blobs.write(chunksOf(photo), onNamed),
    depthMap && blobs.write(chunksOf(depthMap), onNamed),
    sound && blobs.write(chunksOf(sound), onNamed),
  ]);
  return {
    specBlob: specBlob.sha256,
    photoBlob: photoBlob.sha256,
    ...(depthMapBlob && { depthMapBlob: depthMapBlob.sha256 }),
    ...(soundBlob && { soundBlob: soundBlob.sha256 }),
  };
}

function sizeBytesOf({ photo, depthMap, sound }: Upload): number {
  return photo.length + (depthMap?.length ?? 0) + (sound?.length ?? 0);
}

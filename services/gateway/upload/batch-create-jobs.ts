/**
 * BatchCreateJobs: creates up to 100 jobs whose files are finished uploads. Each passes everything
 * that a call of CreateJob passes, with a request id that follows from the batch's and its place,
 * so that a batch that was interrupted continues when it is sent again.
 */
import { createHash } from "node:crypto";
import { DepthmeshError, rangeError, toDepthmeshError } from "../../../core/errors.js";
import { Violations } from "../../../core/spec/violations.js";
import type { CallContext } from "../../../kit/rpc/call.js";
import { fieldConflict } from "../../../kit/rpc/requests.js";
import { toRpcStatus } from "../../../kit/rpc/status.js";
import { isAbandoned } from "../../../pipeline/record/calls.js";
import { isDeleted } from "../../../pipeline/record/deletion.js";
import { newId } from "../../../pipeline/record/id.js";
import type { Job } from "../../../proto/gen/depthmesh/v1/job.js";
import type {
  BatchCreateJobsRequest,
  BatchCreateJobsResponse,
  BatchCreateJobsResult,
  CreateJobHeader,
  CreateJobRequest,
} from "../../../proto/gen/depthmesh/v1/job_service.js";
import { JobSpec as WireSpec } from "../../../proto/gen/depthmesh/v1/spec.js";
import { MAX_BATCH_JOBS } from "../../../wire/field-limits.js";
import { canonicalRequest } from "../../../wire/spec.js";
import { presentJob } from "../api/jobs.js";
import type { GatewayContext } from "../context.js";
import type { CreateJob } from "./create-job.js";
import {
  batchRequest,
  checkedRequestId,
  claimedJob,
  claimRequest,
  clientRequest,
  contentHash,
} from "./request-ids.js";

/** Jobs of one batch that are read and checked at once; each has its files in memory meanwhile. */
const AT_ONCE = 4;

/**
 * Throws for the batch as a whole: PARAMETER_OUT_OF_RANGE, IDEMPOTENCY_CONFLICT, BUS_UNAVAILABLE.
 * What is wrong with one job is its result.
 */
export async function batchCreateJobs(
  context: GatewayContext,
  createJob: CreateJob,
  { jobs, requestId }: BatchCreateJobsRequest,
  call: CallContext,
): Promise<BatchCreateJobsResponse> {
  const violations = new Violations();
  violations.check(() => checkCount(jobs.length));
  violations.check(() => checkedRequestId(requestId));
  violations.throwIfAny();
  context.bus.connectionState.assertUp();
  const isRepeated = requestId !== "" && (await claimBatch(context, call, { jobs, requestId }));
  const { tenant } = call.identity;
  const one = async (header: CreateJobHeader, index: number): Promise<Job> => {
    const ofItem = requestId === "" ? "" : itemRequestId(requestId, index);
    checkItem(header);
    const made = isRepeated && (await madeBefore(context, tenant, ofItem));
    return made || createJob(onlyHeader({ ...header, requestId: ofItem }), call);
  };
  const results: BatchCreateJobsResult[] = [];
  let next = 0;
  const work = async () => {
    for (let i = next++; i < jobs.length; i = next++) {
      call.signal.throwIfAborted();
      const header = jobs[i];
      if (header) results[i] = await resultOf(context, () => one(header, i));
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, jobs.length) }, work));
  return { results };
}

function checkCount(count: number): void {
  if (count >= 1 && count <= MAX_BATCH_JOBS) return;
  const message = `the batch has ${count} jobs; it must have 1 to ${MAX_BATCH_JOBS}`;
  throw rangeError("jobs", count, { minimum: 1, maximum: MAX_BATCH_JOBS }, message);
}

/**
 * Whether the same batch was sent before. Throws IDEMPOTENCY_CONFLICT if its id was used for
 * another one.
 */
async function claimBatch(
  { buckets }: GatewayContext,
  { identity }: CallContext,
  { jobs, requestId }: BatchCreateJobsRequest,
): Promise<boolean> {
  const id = newId();
  const content = contentHash("batch", ...jobs.map(contentOf));
  const key = batchRequest(identity.tenant, requestId);
  return (await claimRequest(buckets.requests, key, content, id)).job !== id;
}

/** As for CreateJob, with the names of the uploads in place of their bytes. */
function contentOf({ spec, hasSound, ...header }: CreateJobHeader): string {
  const { photoUpload, depthMapUpload, soundUpload } = header;
  const files = JSON.stringify([hasSound, photoUpload, depthMapUpload, soundUpload]);
  return contentHash(canonicalRequest(spec ?? WireSpec.fromPartial({})), files);
}

/** Printable, and the same for the same batch and place. */
function itemRequestId(requestId: string, index: number): string {
  return `batch ${createHash("sha256").update(requestId).digest("hex")} ${index}`;
}

/** Throws PARAMETER_CONFLICT for what a job of a batch cannot have, all at once. */
function checkItem({ requestId, validateOnly, photoUpload }: CreateJobHeader): void {
  const violations = new Violations();
  const refuse = (field: string, message: string) =>
    violations.check(() => {
      throw fieldConflict(message, field);
    });
  if (requestId !== "") {
    refuse("request_id", "a job of a batch has no request_id; the batch has one");
  }
  if (validateOnly) {
    refuse("validate_only", "a batch creates its jobs; CreateJob checks one with validate_only");
  }
  if (photoUpload === undefined) {
    refuse("photo_upload", "a job of a batch needs a photo_upload: a finished upload");
  }
  violations.throwIfAny();
}

/** The job that the same batch has made before: its uploads may have expired since. */
async function madeBefore(
  context: GatewayContext,
  tenant: string,
  requestId: string,
): Promise<Job | undefined> {
  const id = await claimedJob(context.buckets.requests, clientRequest(tenant, requestId));
  const found = id === undefined ? undefined : await context.store.read(id);
  if (!found || isDeleted(found.record) || isAbandoned(found.record)) return undefined;
  return presentJob(context, found.record);
}

async function* onlyHeader(value: CreateJobHeader): AsyncGenerator<CreateJobRequest> {
  yield { kind: { $case: "header", value } };
}

async function resultOf(
  { log }: GatewayContext,
  create: () => Promise<Job>,
): Promise<BatchCreateJobsResult> {
  try {
    return { kind: { $case: "job", value: await create() } };
  } catch (thrown) {
    const error = toDepthmeshError(thrown);
    if (!(thrown instanceof DepthmeshError)) log.error({ err: thrown }, "a job of a batch failed");
    return { kind: { $case: "error", value: toRpcStatus(error) } };
  }
}

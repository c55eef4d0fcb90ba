/**
 * Idempotency of what creates jobs and uploads: for 24 hours a client's request id (or the dead
 * letter that is redriven) belongs to one job, batch or upload in the bucket `dm_requests`, so that
 * a repeated request creates no second one.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { DepthmeshError } from "../../../core/errors.js";
import { unlessChanged } from "../../../kit/nats/bus-errors.js";
import type { Bus } from "../../../kit/nats/connect.js";
import type { KvCells } from "../../../kit/nats/kv.js";
import { storedJson } from "../../../kit/nats/stored-json.js";
import { DEFAULT_TENANT } from "../../../kit/rpc/identity.js";
import { isId } from "../../../pipeline/record/id.js";
import { type EndOfJob, lastEvent } from "../../../pipeline/record/job-events.js";
import { isTerminal, type JobRecord, type JobState } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";

const claimSchema = z.object({
  /** Id of the job, the batch or the upload. */
  job: z.string().refine(isId),
  /** `contentHash` of the request that made the claim, or the job that is redriven. */
  content: z.string(),
});
type StoredClaim = Readonly<z.infer<typeof claimSchema>>;

/** The claim of a request. */
export interface Claim extends StoredClaim {
  readonly revision: number;
}

const MAX_ID_CHARACTERS = 128;
const PRINTABLE = /^[ -~]*$/;

/** The same request id; empty for none. Throws PARAMETER_OUT_OF_RANGE. */
export function checkedRequestId(requestId: string): string {
  const { length } = requestId;
  if (length <= MAX_ID_CHARACTERS && PRINTABLE.test(requestId)) return requestId;
  const message =
    length > MAX_ID_CHARACTERS
      ? `request_id has ${length} characters; it may have at most ${MAX_ID_CHARACTERS}`
      : "request_id has a character that is not printable ASCII";
  throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
    metadata: {
      field: "request_id",
      actual_characters: String(length),
      limit_characters: String(MAX_ID_CHARACTERS),
    },
  });
}

/**
 * The key of a client's request: a hash, because the client's id is free text and may be private.
 * Two tenants never have the same; those of the default tenant are as earlier versions made them.
 */
export function clientRequest(tenant: string, requestId: string): string {
  // A request id has printable characters only, so that none is equal to such a pair.
  const named = tenant === DEFAULT_TENANT ? requestId : `${tenant}\0${requestId}`;
  return createHash("sha256").update(named).digest("hex");
}

/** The key of a request that begins an upload. No client's id of a job can produce it. */
export function uploadRequest(tenant: string, requestId: string): string {
  return `upload-${clientRequest(tenant, requestId)}`;
}

/** The key of a request that creates several jobs. No client's id of a job can produce it. */
export function batchRequest(tenant: string, requestId: string): string {
  return `batch-${clientRequest(tenant, requestId)}`;
}

/** The key of an operator's redrive of a dead letter. No client's id can produce it. */
export function redriveRequest(job: string): string {
  return `redrive-${job}`;
}

/**
 * Equal only if all parts are equal one by one: moving bytes from one part to the next changes it.
 */
export function contentHash(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(createHash("sha256").update(part).digest());
  return hash.digest("hex");
}

/**
 * The claim of the request: a new one for `job`, or that of the earlier call with the same content.
 * Throws IDEMPOTENCY_CONFLICT if the key was used with other content, BUS_UNAVAILABLE.
 */
export async function claimRequest(
  bucket: KvCells,
  key: string,
  content: string,
  job: string,
): Promise<Claim> {
  for (;;) {
    const claim = JSON.stringify({ job, content });
    const revision = await unlessChanged(() => bucket.create(key, claim));
    if (revision !== undefined) return { job, content, revision };
    const earlier = await readClaim(bucket, key);
    // The earlier claim expired between the two requests to NATS.
    if (!earlier) continue;
    if ("damagedRevision" in earlier) {
      // It would refuse the request for a day, and nothing tells any more what it was.
      await replaceClaim(bucket, key, { job, content, revision: earlier.damagedRevision });
      continue;
    }
    if (earlier.content === content) return earlier;
    throw new DepthmeshError(
      "IDEMPOTENCY_CONFLICT",
      "the request id was used for another request; choose another one",
      { metadata: { field: "request_id" } },
    );
  }
}

/** Gives the request another job; false if another call has done so since. */
export async function replaceClaim(
  bucket: KvCells,
  key: string,
  { job, content, revision }: Claim,
): Promise<boolean> {
  const value = JSON.stringify({ job, content });
  return (await unlessChanged(() => bucket.update(key, value, revision))) !== undefined;
}

/**
 * The last event of a request's job that has ended and has no record any more; undefined if it was
 * never created, or exists. Throws BUS_UNAVAILABLE.
 */
export async function lastEventOf(
  { bus, store }: { readonly bus: Bus; readonly store: JobStore },
  { id, tenant }: Pick<JobRecord, "id" | "tenant">,
): Promise<EndOfJob | undefined> {
  const last = await lastEvent(bus, { id, tenant });
  // The record is read after the event, because an identical call may have created it just now.
  return !last || !isTerminal(last) || (await store.read(id)) ? undefined : last;
}

/**
 * JOB_NOT_FOUND for a request whose job has ended and was deleted: a repeated request must not run
 * the job a second time.
 */
export function deletedRequest(id: string, state: JobState): DepthmeshError {
  const message = "the request's job has ended and was deleted: ask with another request id";
  return new DepthmeshError("JOB_NOT_FOUND", message, { metadata: { job: id, state } });
}

/**
 * Throws JOB_NOT_FOUND if the request's job has ended and was deleted: a repeated request must not
 * create another job with the same id. Throws BUS_UNAVAILABLE.
 */
export async function assertNotDeleted(
  mesh: { readonly bus: Bus; readonly store: JobStore },
  job: Pick<JobRecord, "id" | "tenant">,
): Promise<void> {
  const last = await lastEventOf(mesh, job);
  if (last) throw deletedRequest(job.id, last.state);
}

/**
 * The job id that a request has claimed; undefined if there is no such claim. Throws
 * BUS_UNAVAILABLE.
 */
export async function claimedJob(bucket: KvCells, key: string): Promise<string | undefined> {
  const claim = await readClaim(bucket, key);
  return claim && "job" in claim ? claim.job : undefined;
}

/** A claim that cannot be read. */
interface DamagedClaim {
  readonly damagedRevision: number;
}

async function readClaim(bucket: KvCells, key: string): Promise<Claim | DamagedClaim | undefined> {
  const entry = await bucket.get(key);
  if (entry?.operation !== "PUT") return undefined;
  const claim = storedJson(claimSchema, entry.value);
  if (claim) return { ...claim, revision: entry.revision };
  return { damagedRevision: entry.revision };
}

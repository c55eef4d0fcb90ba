/**
 * Idempotency of CreateJob, Convert, RetryJob and RedriveDeadLetter: for 24 hours a client's
 * request id (or the dead letter that is redriven) belongs to one job in the bucket `dm_requests`,
 * so that a repeated request creates no second job.
 */
import { createHash } from "node:crypto";
import type { KV } from "nats";
import { DepthmeshError } from "../../../core/errors.js";
import { isWrongLastSequence } from "../../../kit/nats/bus-errors.js";
import type { Bus } from "../../../kit/nats/connect.js";
import { lastEvent } from "../../../pipeline/record/job-events.js";
import { isTerminal, type JobRecord } from "../../../pipeline/record/record.js";
import type { JobStore } from "../../../pipeline/record/store.js";

interface Claim {
  readonly job: string;
  /** `contentHash` of the request that made the claim. */
  readonly content: string;
}

/**
 * The key of a client's request: a hash, because the client's id is free text and may be private.
 */
export function clientRequest(requestId: string): string {
  return createHash("sha256").update(requestId).digest("hex");
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
 * The job id that belongs to the request: `job` for a new request, the earlier id for a repeated
 * one. Throws IDEMPOTENCY_CONFLICT if the key was used with other content, BUS_UNAVAILABLE.
 */
export async function claimRequest(
  bucket: KV,
  key: string,
  content: string,
  job: string,
): Promise<string> {
  for (;;) {
    if (await createClaim(bucket, key, { job, content })) return job;
    const earlier = await readClaim(bucket, key);
    // The earlier claim expired between the two requests to NATS.
    if (!earlier) continue;
    if (earlier.content === content) return earlier.job;
    throw new DepthmeshError("IDEMPOTENCY_CONFLICT", "the request id was used for another request");
  }
}

/**
 * Throws JOB_NOT_FOUND if the request's job has ended and was deleted: a repeated request must not
 * run the job a second time, nor create another job with the same id. Throws BUS_UNAVAILABLE.
 */
export async function assertNotDeleted(
  { bus, store }: { readonly bus: Bus; readonly store: JobStore },
  { id, tenant }: Pick<JobRecord, "id" | "tenant">,
): Promise<void> {
  const last = await lastEvent(bus, { id, tenant });
  // The record is read after the event, because an identical call may have created it just now.
  if (!last || !isTerminal(last) || (await store.read(id))) return;
  const message = "the request's job has ended and was deleted: ask with another request id";
  throw new DepthmeshError("JOB_NOT_FOUND", message, { metadata: { job: id, state: last.state } });
}

/**
 * The job id that a request has claimed; undefined if there is no such claim. Throws
 * BUS_UNAVAILABLE.
 */
export async function claimedJob(bucket: KV, key: string): Promise<string | undefined> {
  return (await readClaim(bucket, key))?.job;
}

/** False if the key has a claim already. */
async function createClaim(bucket: KV, key: string, claim: Claim): Promise<boolean> {
  try {
    await bucket.create(key, JSON.stringify(claim));
    return true;
  } catch (error) {
    if (isWrongLastSequence(error)) return false;
    throw error;
  }
}

async function readClaim(bucket: KV, key: string): Promise<Claim | undefined> {
  const entry = await bucket.get(key);
  return entry?.operation === "PUT" ? entry.json<Claim>() : undefined;
}

/** Idempotent creation: a request's key names one job for 24 hours. */
import { createHash } from "node:crypto";
import type { KV } from "nats";
import { DepthmeshError } from "../../core/errors.js";
import { isWrongLastSequence } from "../../kit/nats/api-errors.js";
import type { Bus } from "../../kit/nats/connect.js";
import { lastEvent } from "../../pipeline/record/job-events.js";
import { isTerminal, type JobRecord } from "../../pipeline/record/record.js";
import type { JobStore } from "../../pipeline/record/store.js";

interface Claim {
  readonly job: string;
  /** What the request was, by `contentHash`. */
  readonly content: string;
}

/** The key of a client's request. Its id is the client's text; the hash is a valid key and says nothing. */
export function clientRequest(requestId: string): string {
  return createHash("sha256").update(requestId).digest("hex");
}

/** The key of an operator's wish to go on with a job; no client's id becomes one. */
export function redriveRequest(job: string): string {
  return `redrive-${job}`;
}

/** Equal for equal requests only: each part counts by itself. */
export function contentHash(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(createHash("sha256").update(part).digest());
  return hash.digest("hex");
}

/**
 * The job id that belongs to the request: `job` when it is new, the earlier one when the same comes again. Throws
 * IDEMPOTENCY_CONFLICT when the key was used with another content, BUS_UNAVAILABLE.
 */
export async function claimRequest(
  bucket: KV,
  key: string,
  content: string,
  job: string,
): Promise<string> {
  for (;;) {
    if (await isFirst(bucket, key, { job, content })) return job;
    const earlier = await readClaim(bucket, key);
    // It ran out between the two.
    if (!earlier) continue;
    if (earlier.content === content) return earlier.job;
    throw new DepthmeshError("IDEMPOTENCY_CONFLICT", "the request id was used for another request");
  }
}

/**
 * Throws JOB_NOT_FOUND for a request whose job has ended and was deleted since: what was asked for once is not made twice, and
 * no second life has the first one's id.
 */
export async function refuseGone(
  { bus, store }: { readonly bus: Bus; readonly store: JobStore },
  { id, tenant }: Pick<JobRecord, "id" | "tenant">,
): Promise<void> {
  const last = await lastEvent(bus, { id, tenant });
  // After its end, for an equal call may have made it just now.
  if (!last || !isTerminal(last) || (await store.read(id))) return;
  const message = "the request's job has ended and was deleted: ask with another request id";
  throw new DepthmeshError("JOB_NOT_FOUND", message, { metadata: { job: id, state: last.state } });
}

/** The job id that a request was given; undefined for one that was not made. Throws BUS_UNAVAILABLE. */
export async function claimedJob(bucket: KV, key: string): Promise<string | undefined> {
  return (await readClaim(bucket, key))?.job;
}

async function isFirst(bucket: KV, key: string, claim: Claim): Promise<boolean> {
  try {
    await bucket.create(key, JSON.stringify(claim));
    return true;
  } catch (error) {
    if (isWrongLastSequence(error)) return false;
    throw noAnswer(error);
  }
}

async function readClaim(bucket: KV, key: string): Promise<Claim | undefined> {
  try {
    const entry = await bucket.get(key);
    return entry?.operation === "PUT" ? entry.json<Claim>() : undefined;
  } catch (error) {
    throw noAnswer(error);
  }
}

function noAnswer(cause: unknown): DepthmeshError {
  return new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer", { cause });
}

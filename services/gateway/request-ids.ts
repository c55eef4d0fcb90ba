/** Idempotent creation: a client's request id names one job for 24 hours. */
import { createHash } from "node:crypto";
import { type KV, NatsError } from "nats";
import { DepthmeshError } from "../../kit/errors.js";

interface Claim {
  readonly job: string;
  /** SHA-256 of spec and photo. */
  readonly content: string;
}

const WRONG_LAST_SEQUENCE = 10071;

/**
 * The job id that belongs to `requestId`: `job` when the request is new, the earlier one when the same request comes
 * again. Throws IDEMPOTENCY_CONFLICT when the id was used with another content.
 */
export async function claimRequest(
  bucket: KV,
  requestId: string,
  content: string,
  job: string,
): Promise<string> {
  // The id is the client's text; its hash is a valid key and says nothing.
  const key = createHash("sha256").update(requestId).digest("hex");
  try {
    await bucket.create(key, JSON.stringify({ job, content } satisfies Claim));
    return job;
  } catch (error) {
    const conflict =
      error instanceof NatsError && error.api_error?.err_code === WRONG_LAST_SEQUENCE;
    if (!conflict) {
      throw new DepthmeshError("BUS_UNAVAILABLE", "NATS did not answer", { cause: error });
    }
  }
  const entry = await bucket.get(key);
  const claim = entry?.json<Claim>();
  if (claim?.content === content) return claim.job;
  throw new DepthmeshError("IDEMPOTENCY_CONFLICT", "the request id was used for another request");
}

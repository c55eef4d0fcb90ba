/** One attempt: resolves the address, signs the message, sends it, and says how it ended. */
import { DepthmeshError } from "../../../core/errors.js";
import { type AddressRules, checkedUrl } from "../../../kit/egress/address.js";
import { checkedAddresses, type Resolve } from "../../../kit/egress/resolve.js";
import type { Delivery } from "./deliveries.js";
import { messageId, signedHeaders } from "./message.js";
import { POST_LIMITS, type PostLimits, post } from "./post.js";
import { type Outcome, retryAfterMs } from "./schedule.js";
import type { StoredWebhook } from "./webhook.js";

const MAX_ERROR_LENGTH = 256;
/** Answers whose Retry-After is respected. */
const BUSY: readonly number[] = [429, 503];

export interface SenderParts {
  readonly rules: AddressRules;
  readonly resolve: Resolve;
  readonly now: () => number;
  readonly limits?: PostLimits;
  /** Certificates of authorities in place of those that Node trusts, for tests. */
  readonly authorities?: string;
}

/** Sends a message once. Never throws. */
export async function send(
  parts: SenderParts,
  { url: text, secret }: Pick<StoredWebhook, "url" | "secret">,
  { webhook, job, body }: Pick<Delivery, "webhook" | "job" | "body">,
  signal: AbortSignal,
): Promise<Outcome> {
  const { rules, resolve, now, authorities, limits = POST_LIMITS } = parts;
  const over = AbortSignal.any([signal, AbortSignal.timeout(limits.totalMs)]);
  try {
    // The operator may have changed what is allowed since the webhook was made.
    const url = checkedUrl(text, rules);
    const addresses = await checkedAddresses(url, rules, resolve, over);
    const headers = signedHeaders(secret, messageId(webhook, job), now(), body);
    const answer = await post(
      { url, addresses, headers, body, ...(authorities !== undefined && { authorities }) },
      limits,
      over,
    );
    return outcomeOf(answer.status, answer.retryAfter, now());
  } catch (error) {
    return { status: 0, error: wordsOf(error).slice(0, MAX_ERROR_LENGTH) };
  }
}

function outcomeOf(status: number, retryAfter: string | undefined, nowMs: number): Outcome {
  if (status >= 200 && status < 300) return { status, error: "" };
  const kind = status >= 300 && status < 400 ? "; redirects are not followed" : "";
  const waitMs = BUSY.includes(status) ? retryAfterMs(retryAfter, nowMs) : undefined;
  return {
    ...{ status, error: `the receiver answered ${status}${kind}` },
    ...(waitMs !== undefined && { retryAfterMs: waitMs }),
  };
}

/** Codes of Node, without the addresses and file names that its messages have. */
function wordsOf(error: unknown): string {
  if (error instanceof DepthmeshError) return error.message;
  if (!(error instanceof Error)) return "the attempt failed";
  if (error.name === "AbortError" || error.name === "TimeoutError") {
    return "the attempt was ended before there was an answer";
  }
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `the connection failed: ${code}`;
}

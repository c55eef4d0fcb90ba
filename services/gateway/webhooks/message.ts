/** The message about the end of a job: its body, and the headers of Standard Webhooks. */
import { Webhook } from "standardwebhooks";
import { VERSION } from "../../../kit/process/package-path.js";
import type { JobRecord } from "../../../pipeline/record/record.js";

const MAX_ERROR_LENGTH = 1024;

/**
 * The body, as JSON. It is made once and sent as it is at each attempt: a job may be deleted before
 * the last one. Fields are only ever added.
 */
export function bodyOf(record: JobRecord): string {
  const { id, tenant, state, labels, error, createdAtMs, retryOf, artifacts } = record;
  const endedAtMs = record.history.at(-1)?.atMs ?? record.updatedAtMs;
  return JSON.stringify({
    type: `job.${state.toLowerCase()}`,
    timestamp: new Date(endedAtMs).toISOString(),
    data: {
      job: `jobs/${id}`,
      tenant,
      state,
      labels: labels ?? {},
      create_time: new Date(createdAtMs).toISOString(),
      end_time: new Date(endedAtMs).toISOString(),
      artifacts: artifacts.map(({ name, sizeBytes }) => ({
        name: `jobs/${id}/artifacts/${name}`,
        size_bytes: sizeBytes,
      })),
      ...(retryOf !== undefined && { retry_of: `jobs/${retryOf}` }),
      ...(error && {
        error: { reason: error.reason, message: error.message.slice(0, MAX_ERROR_LENGTH) },
      }),
    },
  });
}

/** The same for every attempt, also after a redelivery: a receiver knows what it has had. */
export function messageId(webhook: string, job: string): string {
  return `msg_${webhook}_${job}`;
}

/** The headers of an attempt at `atMs`; `secret` is `whsec_` and base64. */
export function signedHeaders(
  secret: string,
  id: string,
  atMs: number,
  body: string,
): Record<string, string> {
  const seconds = Math.floor(atMs / 1000);
  return {
    "content-type": "application/json",
    "user-agent": `depthmesh/${VERSION}`,
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": new Webhook(secret).sign(id, new Date(seconds * 1000), body),
  };
}

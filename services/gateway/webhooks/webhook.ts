/** A webhook as it is stored, and which ends of jobs it is told of. */
import { z } from "zod";
import { storedJson } from "../../../kit/nats/stored-json.js";
import { JOB_STATES, type JobRecord, type JobState } from "../../../pipeline/record/record.js";

const webhookSchema = z.object({
  id: z.string(),
  tenant: z.string(),
  url: z.string(),
  /** Empty means all ends. */
  states: z.array(z.enum(JOB_STATES)),
  everyJob: z.boolean(),
  secret: z.string(),
  createdAtMs: z.number(),
  /** Its address has answered that it is gone: nothing is sent any more. */
  disabledAtMs: z.number().optional(),
});
export type StoredWebhook = Readonly<z.infer<typeof webhookSchema>>;

/** Undefined for bytes that are no webhook. */
export function parseWebhook(bytes: Uint8Array): StoredWebhook | undefined {
  return storedJson(webhookSchema, bytes);
}

/** The facts of an ended job that decide who is told. */
export type EndFacts = Pick<JobRecord, "tenant" | "state" | "history" | "webhooks">;

/**
 * Whether a webhook is told of the end of a job. One that is told of every job is not told of those
 * that had ended before it was made.
 */
export function isTold(webhook: StoredWebhook, job: EndFacts): boolean {
  if (webhook.tenant !== job.tenant || webhook.disabledAtMs !== undefined) return false;
  if (webhook.states.length > 0 && !webhook.states.includes(job.state)) return false;
  if (job.webhooks?.includes(webhook.id)) return true;
  return webhook.everyJob && webhook.createdAtMs <= (job.history.at(-1)?.atMs ?? 0);
}

/** The states in which a job has ended, as a webhook may choose them. */
export const END_STATES: readonly JobState[] = ["SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"];

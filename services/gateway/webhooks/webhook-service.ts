/** WebhookService. A webhook of another tenant answers as one that does not exist. */
import { randomBytes } from "node:crypto";
import { DepthmeshError } from "../../../core/errors.js";
import { checkedUrl } from "../../../kit/egress/address.js";
import { isId, newId } from "../../../pipeline/record/id.js";
import type { JobState } from "../../../pipeline/record/record.js";
import type { JobState as WireJobState } from "../../../proto/gen/depthmesh/v1/job.js";
import {
  type CreateWebhookRequest,
  type ListWebhookFailuresRequest,
  type ListWebhookFailuresResponse,
  type ListWebhooksRequest,
  type ListWebhooksResponse,
  WebhookFailure,
  Webhook as WireWebhook,
} from "../../../proto/gen/depthmesh/v1/webhook_service.js";
import { fromWireState, toWireState } from "../../../wire/job.js";
import type { PageTokens } from "../api/page-tokens.js";
import { pageOf } from "../api/paging.js";
import { quotaExceeded } from "../quota/quota-exceeded.js";
import type { Failure } from "./failures.js";
import { END_STATES, type StoredWebhook } from "./webhook.js";
import { webhookNotFound } from "./webhook-book.js";
import type { Webhooks } from "./webhooks.js";

/** Webhooks that one job may name. */
const MAX_NAMED = 8;
const SECRET_BYTES = 32;
const FAILURE = /^(webhooks\/[^/]+)\/failures\/([^/]+)$/;

/** What lists use of the gateway. */
export interface ListContext {
  readonly webhooks: Webhooks;
  readonly pageTokens: PageTokens;
}

interface Named {
  readonly name: string;
}

/** Throws WEBHOOK_ADDRESS_FORBIDDEN, QUOTA_EXCEEDED, PARAMETER_UNKNOWN, PARAMETER_CONFLICT. */
export async function createWebhook(
  { book, rules, limit }: Webhooks,
  { url, states, everyJob }: CreateWebhookRequest,
  tenant: string,
): Promise<WireWebhook> {
  checkedUrl(url, rules);
  const chosen = endStates(states);
  await book.upToDate();
  const existing = book.ofTenant(tenant).length;
  if (existing >= limit) {
    const use = { what: "webhooks", limit, used: existing };
    throw quotaExceeded(tenant, use, { advice: ": delete one" });
  }
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
  const createdAtMs = Date.now();
  const id = newId(createdAtMs);
  const webhook = { id, tenant, url, states: chosen, everyJob, secret, createdAtMs };
  await book.create(webhook);
  return { ...toWire(webhook), secret };
}

export async function listWebhooks(
  { webhooks: { book }, pageTokens }: ListContext,
  request: ListWebhooksRequest,
  tenant: string,
): Promise<ListWebhooksResponse> {
  await book.upToDate();
  const byId = new Map(book.ofTenant(tenant).map((webhook) => [webhook.id, webhook]));
  const page = await pageOf(request, {
    ...{ filter: "webhooks", tokens: pageTokens.of(tenant) },
    keys: [...byId.keys()].sort().reverse(),
    read: (id) => {
      const webhook = byId.get(id);
      return webhook && toWire(webhook);
    },
    bytesOf: (webhook) => WireWebhook.encode(webhook).finish().length,
  });
  return { webhooks: page.items, nextPageToken: page.nextPageToken };
}

/** First the webhook: without it nothing that is left is sent. Throws WEBHOOK_NOT_FOUND. */
export async function deleteWebhook(
  { book, deliveries, failures }: Webhooks,
  { name }: Named,
  tenant: string,
): Promise<Record<string, never>> {
  const { id } = await book.named(tenant, name);
  await book.remove(id);
  await deliveries.removeOf(id);
  await failures.removeOf(tenant, id);
  return {};
}

export async function listWebhookFailures(
  { webhooks: { book, failures }, pageTokens }: ListContext,
  request: ListWebhookFailuresRequest,
  tenant: string,
): Promise<ListWebhookFailuresResponse> {
  await book.upToDate();
  const known = new Set(book.ofTenant(tenant).map(({ id }) => id));
  const found = await failures.ofTenant(tenant);
  const byKey = new Map(
    found
      .filter(({ webhook }) => known.has(webhook))
      .map((failure) => [`${failure.job}.${failure.webhook}`, failure]),
  );
  const page = await pageOf(request, {
    ...{ filter: "webhook failures", tokens: pageTokens.of(tenant) },
    keys: byKey.keys(),
    read: async (key) => {
      const at = byKey.get(key);
      const failure = at && (await failures.read(at));
      return failure && toWireFailure(failure);
    },
    bytesOf: (failure) => WebhookFailure.encode(failure).finish().length,
  });
  return { failures: page.items, nextPageToken: page.nextPageToken };
}

/**
 * First the delivery, then the failure is removed: a crash in between leaves both, and the failure
 * goes when the message has arrived. Throws WEBHOOK_NOT_FOUND.
 */
export async function redeliverWebhook(
  { book, deliveries, failures }: Webhooks,
  { name }: Named,
  tenant: string,
): Promise<Record<string, never>> {
  const [, webhookName = "", job = ""] = FAILURE.exec(name) ?? [];
  const { id: webhook, disabledAtMs } = await book.named(tenant, webhookName);
  const key = { tenant, webhook, job };
  const failure = isId(job) ? await failures.read(key) : undefined;
  if (!failure) throw webhookNotFound(name, "there is no such failure of a webhook");
  if (disabledAtMs !== undefined) throw webhookDisabled(name);
  const nowMs = Date.now();
  await deliveries.renew({
    ...{ tenant, webhook, job, body: failure.body, sinceMs: nowMs, nextAtMs: nowMs },
    ...{ attempts: 0, isClaimed: false, lastStatus: 0, lastError: "", isRedelivery: true },
  });
  await failures.remove(key);
  return {};
}

/**
 * The ids of the webhooks that a new job names. Throws WEBHOOK_NOT_FOUND, PARAMETER_OUT_OF_RANGE
 * for too many.
 */
export async function webhooksOfJob(
  { book }: Webhooks,
  names: readonly string[],
  tenant: string,
): Promise<readonly string[]> {
  if (names.length > MAX_NAMED) {
    const message = `the job names ${names.length} webhooks; it may name ${MAX_NAMED}`;
    throw new DepthmeshError("PARAMETER_OUT_OF_RANGE", message, {
      metadata: { field: "webhooks", actual: String(names.length), maximum: String(MAX_NAMED) },
    });
  }
  const ids = new Set<string>();
  for (const name of names) {
    const { id, disabledAtMs } = await book.named(tenant, name);
    if (disabledAtMs !== undefined) throw webhookDisabled(name);
    ids.add(id);
  }
  return [...ids];
}

function webhookDisabled(name: string): DepthmeshError {
  const why = "the webhook is disabled since its address answered 410 Gone: create another";
  return webhookNotFound(name, why);
}

function endStates(states: readonly WireJobState[]): JobState[] {
  const chosen = new Set(states.map((state) => fromWireState(state, "states")));
  for (const state of chosen) {
    if (END_STATES.includes(state)) continue;
    const message = `no job ends in ${state}; states may have ${END_STATES.join(", ")}`;
    throw new DepthmeshError("PARAMETER_CONFLICT", message, {
      metadata: { field: "states", actual: state },
    });
  }
  return [...chosen];
}

function toWire(webhook: StoredWebhook): WireWebhook {
  const { id, url, states, everyJob, createdAtMs, disabledAtMs } = webhook;
  return {
    name: `webhooks/${id}`,
    ...{ url, everyJob, secret: "", createTime: new Date(createdAtMs) },
    states: states.map(toWireState),
    disableTime: disabledAtMs === undefined ? undefined : new Date(disabledAtMs),
  };
}

function toWireFailure(failure: Failure): WebhookFailure {
  const { webhook, job, attempts, lastStatus, lastError, atMs } = failure;
  return {
    name: `webhooks/${webhook}/failures/${job}`,
    job: `jobs/${job}`,
    ...{ attempts, lastStatus, lastError, time: new Date(atMs) },
  };
}

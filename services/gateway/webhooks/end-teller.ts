/**
 * Makes the deliveries of a job that has ended. It runs before the event of the end is published:
 * so a job whose event is in the stream has its deliveries, and one whose event is missing, because
 * a gateway died, gets them when the event is published.
 */
import type { JobRecord } from "../../../pipeline/record/record.js";
import type { DeliveryStore } from "./deliveries.js";
import { bodyOf } from "./message.js";
import { isTold, type StoredWebhook } from "./webhook.js";

export interface EndTellerParts {
  readonly webhooks: {
    upToDate(): Promise<void>;
    ofTenant(tenant: string): readonly StoredWebhook[];
  };
  readonly deliveries: Pick<DeliveryStore, "create">;
  readonly now: () => number;
}

export class EndTeller {
  readonly #parts: EndTellerParts;

  constructor(parts: EndTellerParts) {
    this.#parts = parts;
  }

  /** Can be repeated: what exists is left. Throws BUS_UNAVAILABLE. */
  async tell(record: JobRecord): Promise<void> {
    const { webhooks, deliveries, now } = this.#parts;
    await webhooks.upToDate();
    const told = webhooks.ofTenant(record.tenant).filter((webhook) => isTold(webhook, record));
    if (told.length === 0) return;
    const { id: job, tenant } = record;
    const nowMs = now();
    const body = bodyOf(record);
    for (const { id: webhook } of told) {
      await deliveries.create({
        ...{ tenant, webhook, job, body, sinceMs: nowMs, nextAtMs: nowMs, isClaimed: false },
        ...{ attempts: 0, lastStatus: 0, lastError: "", isRedelivery: false },
      });
    }
  }
}

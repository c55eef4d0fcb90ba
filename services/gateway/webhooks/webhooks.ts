/** The parts of webhooks, composed: what handlers, maintenance and the process use of them. */

import { timerAt } from "../../../kit/async/delay.js";
import type { ConfigOf } from "../../../kit/config.js";
import type { AddressRefusal, AddressRules } from "../../../kit/egress/address.js";
import { AddressRanges } from "../../../kit/egress/address-ranges.js";
import { resolveName } from "../../../kit/egress/resolve.js";
import { failpoint } from "../../../kit/process/failpoint.js";
import type { JobRecord } from "../../../pipeline/record/record.js";
import type { PipelineContext } from "../../../pipeline/topology/mesh-state.js";
import type { GatewayConfig } from "../config.js";
import { type DeliveryStore, KvDeliveryStore } from "./deliveries.js";
import { type Clock, Dispatcher } from "./dispatcher.js";
import { EndTeller } from "./end-teller.js";
import { FailureBox } from "./failures.js";
import { send } from "./send.js";
import type { WEBHOOK_SETTINGS } from "./settings.js";
import { WebhookBook } from "./webhook-book.js";

const CLOCK: Clock = {
  now: () => Date.now(),
  at: (atMs, act) => {
    const timer = timerAt(atMs, act);
    return () => clearTimeout(timer);
  },
};

/** What webhooks use of the gateway. */
/** How an address that may not be called is refused. */
export const WEBHOOK_REFUSAL: AddressRefusal = {
  ...{ reason: "WEBHOOK_ADDRESS_FORBIDDEN", what: "the webhook's URL", field: "url" },
};

export interface WebhookContext
  extends Pick<PipelineContext<GatewayConfig>, "bus" | "buckets" | "log"> {
  readonly config: ConfigOf<typeof WEBHOOK_SETTINGS>;
}

export class Webhooks {
  readonly book: WebhookBook;
  readonly deliveries: DeliveryStore;
  readonly failures: FailureBox;
  readonly rules: AddressRules;
  /** Webhooks that a tenant may have. */
  readonly limit: number;
  readonly #teller: EndTeller;
  readonly #dispatcher: Dispatcher;

  constructor({ bus, buckets, config, log }: WebhookContext) {
    this.book = new WebhookBook(bus, buckets.webhooks);
    this.deliveries = new KvDeliveryStore(bus, buckets.deliveries);
    this.failures = new FailureBox(bus, buckets.webhookFailures);
    this.rules = {
      refusal: WEBHOOK_REFUSAL,
      allowHttp: config.webhookAllowHttp === "yes",
      ranges: new AddressRanges(config.webhookAllow),
    };
    this.limit = config.maxWebhooks;
    const { now } = CLOCK;
    this.#teller = new EndTeller({ webhooks: this.book, deliveries: this.deliveries, now });
    const sender = { rules: this.rules, resolve: resolveName, now };
    this.#dispatcher = new Dispatcher({
      ...{ deliveries: this.deliveries, failures: this.failures, webhooks: this.book },
      send: (webhook, delivery, signal) => send(sender, webhook, delivery, signal),
      clock: CLOCK,
      schedule: { windowMs: config.webhookRetrySeconds * 1000, random: Math.random },
      log,
    });
    this.book.open();
  }

  /** Begins to send. */
  start(): void {
    this.#dispatcher.start();
  }

  /**
   * Makes the deliveries of a job that has ended; can be repeated. Throws BUS_UNAVAILABLE, and
   * sends nothing itself.
   */
  async tell(record: JobRecord): Promise<void> {
    failpoint("after-end-before-webhooks", record.id);
    await this.#teller.tell(record);
    failpoint("after-webhooks-before-event", record.id);
  }

  async drain(): Promise<void> {
    await this.#dispatcher.drain();
  }

  close(): void {
    this.book.close();
  }
}

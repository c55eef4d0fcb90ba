/**
 * Messages that were given up, in the bucket `dm_webhook_failures`, for two weeks: one entry for
 * each webhook and job.
 */
import type { KV } from "nats";
import { z } from "zod";
import type { Bus } from "../../../kit/nats/connect.js";
import { storedJson } from "../../../kit/nats/stored-json.js";
import { bucketStream, WEBHOOK_FAILURES_BUCKET } from "../../../pipeline/topology/names.js";

const failureSchema = z.object({
  tenant: z.string(),
  webhook: z.string(),
  job: z.string(),
  body: z.string(),
  attempts: z.number().int(),
  lastStatus: z.number().int(),
  lastError: z.string(),
  atMs: z.number(),
});
export type Failure = Readonly<z.infer<typeof failureSchema>>;

export type FailureKey = Pick<Failure, "tenant" | "webhook" | "job">;

/** Everything throws BUS_UNAVAILABLE. */
export class FailureBox {
  readonly #bus: Bus;
  readonly #bucket: KV;

  constructor(bus: Bus, bucket: KV) {
    this.#bus = bus;
    this.#bucket = bucket;
  }

  async put(failure: Failure): Promise<void> {
    await this.#bucket.put(keyOf(failure), JSON.stringify(failure));
  }

  async read(key: FailureKey): Promise<Failure | undefined> {
    const entry = await this.#bucket.get(keyOf(key));
    return entry?.operation === "PUT" ? storedJson(failureSchema, entry.value) : undefined;
  }

  /** The failures of a tenant, those of the newest job first. */
  async ofTenant(tenant: string): Promise<FailureKey[]> {
    const prefix = `$KV.${WEBHOOK_FAILURES_BUCKET}.${tenant}.`;
    const filter = { subjects_filter: `${prefix}>` };
    const { state } = await this.#bus.manager.streams.info(STREAM, filter);
    const keys = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
    return keys
      .sort()
      .reverse()
      .map((key) => {
        const [job = "", webhook = ""] = key.split(".");
        return { tenant, webhook, job };
      });
  }

  async remove(key: FailureKey): Promise<void> {
    await this.#purge(keyOf(key));
  }

  /** Removes all failures of a webhook that is deleted. */
  async removeOf(tenant: string, webhook: string): Promise<void> {
    await this.#purge(`${tenant}.*.${webhook}`);
  }

  /** Without a marker, which would be listed. */
  async #purge(key: string): Promise<void> {
    const filter = `$KV.${WEBHOOK_FAILURES_BUCKET}.${key}`;
    await this.#bus.manager.streams.purge(STREAM, { filter });
  }
}

const STREAM = bucketStream(WEBHOOK_FAILURES_BUCKET);
/** The job comes before the webhook, so that keys sort by the time of the job. */
const keyOf = ({ tenant, webhook, job }: FailureKey) => `${tenant}.${job}.${webhook}`;

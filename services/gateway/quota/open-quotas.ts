/** The parts that count what tenants use, composed and connected to their buckets. */
import type { PipelineContext } from "../../../pipeline/topology/mesh-state.js";
import type { GatewayConfig } from "../config.js";
import type { JobIndex } from "../maintenance/job-index.js";
import { ActiveJobs } from "./active-jobs.js";
import { DailyUsage } from "./daily-usage.js";
import { defaultQuota } from "./quota.js";
import { QuotaBook } from "./quota-book.js";
import { Quotas } from "./quotas.js";
import { RequestRates } from "./request-rates.js";

export interface OpenQuotas {
  readonly quotas: Quotas;
  /** Jobs count from then on. Must be called before the index runs. */
  follow(index: JobIndex): void;
  /** Writes what was used and is not written yet. */
  close(): Promise<void>;
}

/** Throws BUS_UNAVAILABLE. */
export async function openQuotas({
  bus,
  buckets,
  log,
  config,
}: PipelineContext<GatewayConfig>): Promise<OpenQuotas> {
  const book = new QuotaBook(buckets.tenants, defaultQuota(config));
  const usage = new DailyUsage(buckets.usage, log);
  await Promise.all([book.open(bus, buckets.tenants), usage.open(bus, buckets.usage)]);
  const jobs = new ActiveJobs();
  return {
    quotas: new Quotas({ book, usage, jobs, rates: new RequestRates() }),
    follow: (index) => jobs.follow(index),
    close: async () => {
      book.close();
      await usage.close();
    },
  };
}

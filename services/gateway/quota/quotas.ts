/** What each tenant may use and has used: checks and counts of calls, uploads and jobs. */
import type { TenantUsage } from "../../../proto/gen/depthmesh/v1/tenant.js";
import type { ActiveJobs } from "./active-jobs.js";
import { type Amounts, type DailyUsage, NOTHING } from "./daily-usage.js";
import type { Quota } from "./quota.js";
import type { QuotaBook } from "./quota-book.js";
import { quotaExceeded } from "./quota-exceeded.js";
import type { RequestRates } from "./request-rates.js";

/** When a job or an upload of the tenant may have ended. */
const NEXT_END_MS = 5_000;

/** What a job uses besides its place among the tenant's jobs. */
export interface JobCost extends Amounts {
  readonly id: string;
}

interface QuotaParts {
  readonly book: Pick<QuotaBook, "of" | "set">;
  readonly rates: RequestRates;
  readonly usage: DailyUsage;
  readonly jobs: ActiveJobs;
}

export class Quotas {
  readonly #parts: QuotaParts;
  /** Uploads that this gateway receives now, by tenant. */
  readonly #uploads = new Map<string, number>();

  constructor(parts: QuotaParts) {
    this.#parts = parts;
  }

  quotaOf(tenant: string): Quota {
    return this.#parts.book.of(tenant);
  }

  /** See QuotaBook. */
  setQuota(tenant: string, quota: Quota | undefined): Promise<void> {
    return this.#parts.book.set(tenant, quota);
  }

  usageOf(tenant: string): TenantUsage {
    const { jobs, usage } = this.#parts;
    return {
      concurrentJobs: jobs.of(tenant),
      concurrentUploads: this.#uploadsOf(tenant),
      ...usage.of(tenant),
      resetTime: usage.resetTime,
    };
  }

  /** Counts a call. Throws RATE_LIMITED. */
  async admit(tenant: string): Promise<void> {
    const { requestsPerSecond } = this.quotaOf(tenant);
    if (requestsPerSecond !== undefined) await this.#parts.rates.take(tenant, requestsPerSecond);
  }

  /** Runs `work`, which receives an upload. Throws QUOTA_EXCEEDED if too many run. */
  async whileReceiving<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    const { concurrentUploads: limit } = this.quotaOf(tenant);
    const received = this.#uploadsOf(tenant);
    if (limit !== undefined && received >= limit) {
      const use = { what: "uploads at once", limit, used: received };
      throw quotaExceeded(tenant, use, { retryDelayMs: NEXT_END_MS });
    }
    this.#uploads.set(tenant, received + 1);
    try {
      return await work();
    } finally {
      const left = this.#uploadsOf(tenant) - 1;
      if (left > 0) this.#uploads.set(tenant, left);
      else this.#uploads.delete(tenant);
    }
  }

  /**
   * Asked before the files of a job are received, if it has any. Throws QUOTA_EXCEEDED if the
   * tenant could not create the smallest one.
   */
  assertRoomForJob(tenant: string, hasFiles: boolean): void {
    this.#assertJobs(tenant);
    this.#assertAmounts(tenant, { uploadBytes: hasFiles ? 1 : 0, pixelFrames: 0 });
  }

  /**
   * The job counts from now on, with what it uses. The returned function takes it back: the job was
   * not created. Throws QUOTA_EXCEEDED, and nothing is counted then.
   */
  takeJob(tenant: string, { id, uploadBytes, pixelFrames }: JobCost): () => void {
    const { jobs, usage } = this.#parts;
    this.#assertJobs(tenant);
    this.#assertAmounts(tenant, { uploadBytes, pixelFrames });
    jobs.add(tenant, id);
    const takeBack = usage.add(tenant, { uploadBytes, pixelFrames });
    return () => {
      jobs.remove(tenant, id);
      takeBack();
    };
  }

  /** Counts bytes that are kept for later jobs. Throws QUOTA_EXCEEDED. */
  takeUpload(tenant: string, uploadBytes: number): void {
    const used = { ...NOTHING, uploadBytes };
    this.#assertAmounts(tenant, used);
    this.#parts.usage.add(tenant, used);
  }

  /**
   * Bytes that were counted and are not kept after all. `takenAtMs`: Unix milliseconds when they
   * were, now by default: those of another day are of no use today.
   */
  giveBackUpload(tenant: string, uploadBytes: number, takenAtMs = Number.POSITIVE_INFINITY): void {
    const { usage } = this.#parts;
    if (uploadBytes <= 0 || takenAtMs < usage.dayBeganAtMs) return;
    usage.add(tenant, { ...NOTHING, uploadBytes: -uploadBytes });
  }

  /** What is left of each limit that the tenant has, for the trailers of its calls. */
  leftOf(tenant: string): Readonly<Record<string, string>> {
    const quota = this.quotaOf(tenant);
    if (Object.values(quota).every((limit) => limit === undefined)) return {};
    const { rates, usage } = this.#parts;
    const used = this.usageOf(tenant);
    const { requestsPerSecond: rate } = quota;
    const left: [string, number | undefined][] = [
      ["requests-left", rate === undefined ? undefined : rates.left(tenant, rate)],
      ["jobs-left", difference(quota.concurrentJobs, used.concurrentJobs)],
      ["uploads-left", difference(quota.concurrentUploads, used.concurrentUploads)],
      ["upload-bytes-left", difference(quota.uploadBytesPerDay, used.uploadBytes)],
      ["pixel-frames-left", difference(quota.pixelFramesPerDay, used.pixelFrames)],
    ];
    const known = left.filter((entry): entry is [string, number] => entry[1] !== undefined);
    const resetSeconds = Math.ceil(usage.untilResetMs / 1000);
    const shown = [...known, ["reset-seconds", resetSeconds] as const];
    return Object.fromEntries(
      shown.map(([name, value]) => [`x-depthmesh-quota-${name}`, String(value)]),
    );
  }

  #uploadsOf(tenant: string): number {
    return this.#uploads.get(tenant) ?? 0;
  }

  #assertJobs(tenant: string): void {
    const { concurrentJobs: limit } = this.quotaOf(tenant);
    const used = this.#parts.jobs.of(tenant);
    if (limit === undefined || used < limit) return;
    const use = { what: "jobs that have not ended", limit, used };
    throw quotaExceeded(tenant, use, { retryDelayMs: NEXT_END_MS });
  }

  #assertAmounts(tenant: string, { uploadBytes, pixelFrames }: Amounts): void {
    const { uploadBytesPerDay, pixelFramesPerDay } = this.quotaOf(tenant);
    const used = this.#parts.usage.of(tenant);
    const assert = (what: string, limit: number | undefined, before: number, more: number) => {
      if (limit === undefined || more <= 0 || before + more <= limit) return;
      const use = { what, limit, used: before, asked: more };
      throw quotaExceeded(tenant, use, { retryDelayMs: this.#parts.usage.untilResetMs });
    };
    assert("bytes uploaded in a day", uploadBytesPerDay, used.uploadBytes, uploadBytes);
    assert("pixels drawn in a day", pixelFramesPerDay, used.pixelFrames, pixelFrames);
  }
}

function difference(limit: number | undefined, used: number): number | undefined {
  return limit === undefined ? undefined : Math.max(0, limit - used);
}

/** What a tenant may use: the settings of the gateway, or what an operator has set for it. */
import { z } from "zod";
import { rangeError } from "../../../core/errors.js";
import { storedJson } from "../../../kit/nats/stored-json.js";
import type { TenantQuota } from "../../../proto/gen/depthmesh/v1/tenant.js";
import type { GatewayConfig } from "../config.js";

/** Slower tenants could not even ask what they may use. */
const FEWEST_REQUESTS_PER_SECOND = 0.1;
const MOST_REQUESTS_PER_SECOND = 1_000_000;
const MOST_AT_ONCE = 2 ** 31 - 1;
const requestRate = z.number().min(FEWEST_REQUESTS_PER_SECOND).max(MOST_REQUESTS_PER_SECOND);
const atOnce = z.number().int().min(0).max(MOST_AT_ONCE);
const perDay = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** An absent field is no limit. */
export type Quota = Omit<TenantQuota, "_unknownFields">;

const quotaSchema = z.object({
  requestsPerSecond: requestRate.optional(),
  concurrentJobs: atOnce.optional(),
  concurrentUploads: atOnce.optional(),
  uploadBytesPerDay: perDay.optional(),
  pixelFramesPerDay: perDay.optional(),
});

/** The names of the fields in the protocol, and their ranges for errors. */
const FIELDS = {
  requestsPerSecond: [
    "quota.requests_per_second",
    FEWEST_REQUESTS_PER_SECOND,
    MOST_REQUESTS_PER_SECOND,
  ],
  concurrentJobs: ["quota.concurrent_jobs", 0, MOST_AT_ONCE],
  concurrentUploads: ["quota.concurrent_uploads", 0, MOST_AT_ONCE],
  uploadBytesPerDay: ["quota.upload_bytes_per_day", 0, Number.MAX_SAFE_INTEGER],
  pixelFramesPerDay: ["quota.pixel_frames_per_day", 0, Number.MAX_SAFE_INTEGER],
} as const satisfies Record<keyof Quota, readonly [string, number, number]>;

/** The same quota. Throws PARAMETER_OUT_OF_RANGE. */
export function checkedQuota(quota: Quota): Quota {
  const names = Object.keys(FIELDS) as (keyof typeof FIELDS)[];
  const entries = names.map((name) => {
    const [field, minimum, maximum] = FIELDS[name];
    const value = quota[name];
    if (value === undefined || (value >= minimum && value <= maximum)) return [name, value];
    throw rangeError(field, value, { minimum, maximum });
  });
  return Object.fromEntries(entries) as Quota;
}

/** The quota in a stored text; undefined if it is not one. */
export function quotaIn(bytes: Uint8Array): Quota | undefined {
  return storedJson(quotaSchema, bytes);
}

/** The quota of a tenant for which nothing was set. In the settings 0 stands for no limit. */
export function defaultQuota(config: GatewayConfig): Quota {
  const limit = (value: number) => (value === 0 ? undefined : value);
  return {
    requestsPerSecond: limit(config.quotaRequestsPerSecond),
    concurrentJobs: limit(config.quotaConcurrentJobs),
    concurrentUploads: limit(config.quotaConcurrentUploads),
    uploadBytesPerDay: limit(config.quotaUploadBytesPerDay),
    pixelFramesPerDay: limit(config.quotaPixelFramesPerDay),
  };
}

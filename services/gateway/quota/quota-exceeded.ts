/** The error of a tenant that has used what it may. */
import { DepthmeshError } from "../../../core/errors.js";

export interface QuotaUse {
  /** What the limit is of, in words. */
  readonly what: string;
  readonly limit: number;
  readonly used: number;
  /** What the call would use besides; absent for one more. */
  readonly asked?: number;
}

/** QUOTA_EXCEEDED. `retryDelayMs`: until it may be otherwise, if that is known. */
export function quotaExceeded(
  tenant: string,
  { what, limit, used, asked }: QuotaUse,
  { retryDelayMs, advice = "" }: { readonly retryDelayMs?: number; readonly advice?: string },
): DepthmeshError {
  const more = asked === undefined ? "" : `, and the call asks for ${asked} more`;
  const message = `the tenant's limit is ${limit} for ${what}; it has ${used}${more}${advice}`;
  const metadata = {
    ...{ tenant, quota: what, limit: String(limit), used: String(used) },
    ...(asked !== undefined && { asked: String(asked) }),
  };
  return new DepthmeshError("QUOTA_EXCEEDED", message, { metadata, retryDelayMs });
}

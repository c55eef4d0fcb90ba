/**
 * How many calls each tenant makes, in windows of ten seconds: a burst of a window's calls is
 * taken, so that the limit is one of the mean. Each gateway counts for itself.
 */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { DepthmeshError } from "../../../core/errors.js";

const WINDOW_SECONDS = 10;

interface Limiter {
  readonly requestsPerSecond: number;
  readonly limiter: RateLimiterMemory;
  /** Calls that are left in the window, which ends at this time of `performance.now()`. */
  left: number;
  endsAtMs: number;
}

export class RequestRates {
  readonly #limiters = new Map<string, Limiter>();

  /** Counts one call. Throws RATE_LIMITED with the time until the window ends. */
  async take(tenant: string, requestsPerSecond: number): Promise<void> {
    const found = this.#limiterOf(tenant, requestsPerSecond);
    try {
      this.#note(found, await found.limiter.consume(tenant));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      this.#note(found, refusal);
      throw tooMany(tenant, requestsPerSecond, refusal.msBeforeNext);
    }
  }

  /** Calls that the tenant may make now. */
  left(tenant: string, requestsPerSecond: number): number {
    const { left, endsAtMs } = this.#limiterOf(tenant, requestsPerSecond);
    return performance.now() < endsAtMs ? left : callsInWindow(requestsPerSecond);
  }

  #limiterOf(tenant: string, requestsPerSecond: number): Limiter {
    const known = this.#limiters.get(tenant);
    if (known?.requestsPerSecond === requestsPerSecond) return known;
    const points = callsInWindow(requestsPerSecond);
    const fresh = {
      requestsPerSecond,
      limiter: new RateLimiterMemory({ points, duration: WINDOW_SECONDS }),
      ...{ left: points, endsAtMs: 0 },
    };
    this.#limiters.set(tenant, fresh);
    return fresh;
  }

  #note(limiter: Limiter, { remainingPoints, msBeforeNext }: RateLimiterRes): void {
    limiter.left = remainingPoints;
    limiter.endsAtMs = performance.now() + msBeforeNext;
  }
}

function callsInWindow(requestsPerSecond: number): number {
  return Math.max(1, Math.floor(requestsPerSecond * WINDOW_SECONDS));
}

function tooMany(tenant: string, requestsPerSecond: number, retryDelayMs: number): DepthmeshError {
  const calls = callsInWindow(requestsPerSecond);
  const message = `the tenant has made the ${calls} calls that it may make in ${WINDOW_SECONDS} s: call again after the delay`;
  const metadata = { tenant, limit_requests_per_second: String(requestsPerSecond) };
  return new DepthmeshError("RATE_LIMITED", message, { metadata, retryDelayMs });
}

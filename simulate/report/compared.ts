/**
 * A real run beside simulated ones; `npm run simulate -- compare` writes simulate/compared.json.
 */

/** Seconds from the request to the end of a job. */
export interface ComparedLatency {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
}

export interface Compared {
  /** Of render's slots. */
  readonly load: number;
  readonly jobs: number;
  readonly seconds: number;
  readonly real: ComparedLatency;
  /** Median of many seeds. */
  readonly simulated: ComparedLatency;
  /** 95 % of the seeds lie between. */
  readonly low: ComparedLatency;
  readonly high: ComparedLatency;
}

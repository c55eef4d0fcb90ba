/** As services have it by default. */
export const BENCH_LEASE_MS = 30_000;

/**
 * How much what all jobs share can do. The figures are measured on other days than the stages are,
 * on a quiet machine; where a figure is an assumption, its comment says so.
 */

/** Cores of the host of nats-server, which uses all of them. */
export const NATS_CORES = 4;

/**
 * How many times as long a write takes as with one server that syncs now and then: 524 jobs/s
 * became 334 when each write was on the disk before it was acknowledged
 * (docs/reliability-figures.md).
 */
export const NATS_WRITE_TIMES = {
  one: 1,
  "one-sync": 524 / 334,
  /** Assumed: the leader also sends each write to two others and waits for one of them. */
  three: 2.5,
} as const;

/** From the publish of an order to the start of its handler, 95th percentile, same page. */
export const DISPATCH_SECONDS = 0.0023;

const MIB = 2 ** 20;

/** Uploads of 64 MiB, median: docs/performance.md. A gateway is one thread. */
export const GATEWAY_BYTES_PER_SECOND = 271 * MIB;

export const STORE_BYTES_PER_SECOND = {
  /** A disk is not the limit of the one gateway that has it. */
  file: 271 * MIB,
  /**
   * Blobs of 1 MiB, between 54 MiB/s written and 43 read; larger ones are faster: docs/blobs.md.
   */
  nats: 48 * MIB,
  /** Assumed: what a bucket takes together; it grows with the service that is bought. */
  s3: 2_000 * MIB,
} as const;

/** Frames by gRPC over frames by socket: 1.14 and 1.26 in docs/performance.md. */
export const FRAMES_BY_GRPC = 1.2;

/**
 * Settings (environment variables) for leases, attempts and slots, which the worker services and in
 * part the gateway have in addition to those of every service (kit/config.ts).
 */
import { type ConfigOf, choice, integer } from "../kit/config.js";

/** The gateway uses it too: NATS redelivers an unacknowledged order after this time. */
export const LEASE_SETTINGS = {
  leaseMs: integer(
    "DEPTHMESH_LEASE_MS",
    30_000,
    [500, 600_000],
    "milliseconds until a silent worker's stage may be taken over",
  ),
};

/** Of the services that write large files: the gateway and encode. */
export const DISK_SETTINGS = {
  diskReserveMib: integer(
    "DEPTHMESH_DISK_RESERVE_MIB",
    64,
    [0, 1_048_576],
    "free space in MiB that blobs and files in the making leave on their disk, at most 5 % of it: nats-server may share it, and stops answering when it cannot write",
  ),
};

/** Of render and of encode. */
export const FRAMES_SETTINGS = {
  framesBy: choice(
    "DEPTHMESH_FRAMES_BY",
    "auto",
    ["auto", "socket", "grpc"],
    "how frames get from render to encode: auto is a socket where both run on one host as one user and see the same files, and gRPC elsewhere; socket refuses to do without one",
  ),
};
export type FramesBy = ConfigOf<typeof FRAMES_SETTINGS>["framesBy"];

/** The settings that every worker has. */
export const WORKER_SETTINGS = {
  ...LEASE_SETTINGS,
  stageDeadlineMs: integer(
    "DEPTHMESH_STAGE_DEADLINE_MS",
    4 * 3_600_000,
    [1_000, 7 * 24 * 3_600_000],
    "milliseconds that one attempt of a stage may take",
  ),
  retryBaseMs: integer(
    "DEPTHMESH_RETRY_BASE_MS",
    1_000,
    [10, 60_000],
    "milliseconds before a failed stage is tried again; doubled at each further failure, up to a minute",
  ),
  slots: integer("DEPTHMESH_SLOTS", 1, [1, 64], "orders worked on at once"),
};

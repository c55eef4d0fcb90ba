/** What the gateway keeps, for how long, and how often it looks after it: all of it in this table. */
import { integer } from "../../../kit/config.js";

const HOURS = [0, 87_600] as const;

export const MAINTENANCE_SETTINGS = {
  maintenanceMs: integer(
    "DEPTHMESH_MAINTENANCE_MS",
    20_000,
    [200, 3_600_000],
    "milliseconds between two looks at the jobs: lost orders, and records whose time is over",
  ),
  sweepMs: integer(
    "DEPTHMESH_SWEEP_MS",
    300_000,
    [200, 86_400_000],
    "milliseconds between two sweeps of the blob folder",
  ),
  blobGraceMs: integer(
    "DEPTHMESH_BLOB_GRACE_MS",
    900_000,
    [0, 86_400_000],
    "milliseconds that a blob which nothing names is spared, for those who are about to name it; 0 only where nobody submits",
  ),
  keepSucceededHours: integer(
    "DEPTHMESH_KEEP_SUCCEEDED_HOURS",
    168,
    HOURS,
    "hours that a job which succeeded is kept with its files, 0 is until the next look",
  ),
  keepFailedHours: integer(
    "DEPTHMESH_KEEP_FAILED_HOURS",
    336,
    HOURS,
    "hours that a job which failed is kept, 0 is until the next look",
  ),
  keepCancelledHours: integer(
    "DEPTHMESH_KEEP_CANCELLED_HOURS",
    24,
    HOURS,
    "hours that a job which was cancelled or has expired is kept, 0 is until the next look",
  ),
  quarantineHours: integer(
    "DEPTHMESH_QUARANTINE_HOURS",
    336,
    HOURS,
    "hours that uploads which made their job fail are kept in quarantine, 0 keeps none",
  ),
  minFreeMib: integer(
    "DEPTHMESH_MIN_FREE_MIB",
    256,
    [0, 1_073_741_824],
    "free space in MiB of the blob folder's file system below which uploads are refused; the rest is for jobs under way",
  ),
  uploadIdleMs: integer(
    "DEPTHMESH_UPLOAD_IDLE_MS",
    30_000,
    [100, 3_600_000],
    "milliseconds after which an upload that sends nothing has expired",
  ),
  uploadTotalMs: integer(
    "DEPTHMESH_UPLOAD_TOTAL_MS",
    900_000,
    [100, 86_400_000],
    "milliseconds after which an upload has expired, however steadily it sends",
  ),
  maxWaitingUploads: integer(
    "DEPTHMESH_MAX_WAITING_UPLOADS",
    256,
    [0, 65_536],
    "uploads that wait for their turn; more are refused",
  ),
};

/** Settings of the gateway. */
import { MAX_CLIP_FRAMES } from "../../core/geometry/timing.js";
import { COMMON_SETTINGS, integer, readSettings, text } from "../../kit/config.js";

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

export const GATEWAY_SETTINGS = {
  ...COMMON_SETTINGS,
  ...MAINTENANCE_SETTINGS,
  port: integer("DEPTHMESH_PORT", 7410, [0, 65535], "port of the gRPC server, 0 picks a free one"),
  blobFolder: text("DEPTHMESH_BLOBS", ".depthmesh/blobs", "folder of the blob store"),
  maxUploadBytes: integer(
    "DEPTHMESH_MAX_UPLOAD_BYTES",
    64 * 1024 * 1024,
    [1024, 1024 * 1024 * 1024],
    "largest photo in bytes",
  ),
  maxSoundBytes: integer(
    "DEPTHMESH_MAX_SOUND_BYTES",
    32 * 1024 * 1024,
    [1024, 1024 * 1024 * 1024],
    "largest sound in bytes",
  ),
  maxPixels: integer(
    "DEPTHMESH_MAX_PIXELS",
    50_000_000,
    [4096, 1_000_000_000],
    "largest photo in pixels",
  ),
  maxFrames: integer(
    "DEPTHMESH_MAX_FRAMES",
    MAX_CLIP_FRAMES,
    [1, MAX_CLIP_FRAMES],
    "most frames of a clip",
  ),
  maxPixelFrames: integer(
    "DEPTHMESH_MAX_PIXEL_FRAMES",
    10_000_000_000,
    [1_000_000, 10_000_000_000_000],
    "most pixels drawn for one job: width × height × ssaa² × frames; the default is 30 s of 4K at 30 frames/s and a third more",
  ),
  maxUploads: integer(
    "DEPTHMESH_MAX_UPLOADS",
    16,
    [1, 1024],
    "uploads received at once; each holds its bytes in memory until they are checked",
  ),
  queueLimit: integer(
    "DEPTHMESH_QUEUE_LIMIT",
    10_000,
    [1, 10_000_000],
    "orders that may wait in one lane of the depth stage; a job beyond is refused",
  ),
};

export const loadConfig = () => readSettings(GATEWAY_SETTINGS);
export type GatewayConfig = ReturnType<typeof loadConfig>;

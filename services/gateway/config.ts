/**
 * Settings of the gateway: limits of uploads and jobs, and the intervals and times of maintenance.
 */
import { MAX_CLIP_FRAMES } from "../../core/geometry/timing.js";
import { BLOB_STORE_SETTINGS } from "../../kit/blobs/settings.js";
import { COMMON_SETTINGS, choice, integer, readSettings, text } from "../../kit/config.js";
import { GATEWAY_PORT_SETTINGS } from "../../kit/process/gateway-ports.js";
import { DISK_SETTINGS, LEASE_SETTINGS } from "../../pipeline/settings.js";
import { CATALOGUE_SETTINGS } from "./catalogue/settings.js";
import { IDENTITY_SETTINGS } from "./identity/settings.js";
import { QUOTA_SETTINGS } from "./quota/settings.js";
import { WEBHOOK_SETTINGS } from "./webhooks/settings.js";

/** What CreateJob and Convert accept. */
const UPLOAD_SETTINGS = {
  maxUploadBytes: integer(
    "DEPTHMESH_MAX_UPLOAD_BYTES",
    64 * 1024 * 1024,
    [1024, 1024 * 1024 * 1024],
    "largest photo, and largest depth map of a caller, in bytes",
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
    "maximum number of frames of a clip",
  ),
  maxPixelFrames: integer(
    "DEPTHMESH_MAX_PIXEL_FRAMES",
    10_000_000_000,
    [1_000_000, 10_000_000_000_000],
    "maximum number of pixels drawn for one job: width × height × ssaa² × frames; the default is a third more than 30 s of 4K at 30 frames/s",
  ),
  maxUploads: integer(
    "DEPTHMESH_MAX_UPLOADS",
    16,
    [1, 1024],
    "uploads received at once; those of CreateJob and Convert keep their bytes in memory until they are stored; one tenant may have seven eighths of them, and one address seven eighths of its tenant's",
  ),
  maxWaitingUploads: integer(
    "DEPTHMESH_MAX_WAITING_UPLOADS",
    256,
    [0, 65_536],
    "uploads that may wait for a place; more are refused",
  ),
  uploadIdleMs: integer(
    "DEPTHMESH_UPLOAD_IDLE_MS",
    30_000,
    [100, 3_600_000],
    "milliseconds after which an upload that sends nothing is ended",
  ),
  uploadMinBytes: integer(
    "DEPTHMESH_UPLOAD_MIN_BYTES",
    8192,
    [0, 1024 * 1024 * 1024],
    "bytes that an upload must send in each DEPTHMESH_UPLOAD_WINDOW_MS; a slower one is ended, because others wait for its place; 0 for no minimum",
  ),
  uploadWindowMs: integer(
    "DEPTHMESH_UPLOAD_WINDOW_MS",
    10_000,
    [100, 3_600_000],
    "milliseconds in which an upload must send DEPTHMESH_UPLOAD_MIN_BYTES",
  ),
  uploadWaitMs: integer(
    "DEPTHMESH_UPLOAD_WAIT_MS",
    20_000,
    [0, 3_600_000],
    "longest time in milliseconds that an upload waits for a place; it is refused then",
  ),
  uploadTotalMs: integer(
    "DEPTHMESH_UPLOAD_TOTAL_MS",
    900_000,
    [100, 86_400_000],
    "longest duration of an upload in milliseconds",
  ),
  uploadExpiryMs: integer(
    "DEPTHMESH_UPLOAD_EXPIRY_MS",
    86_400_000,
    [100, 2_592_000_000],
    "milliseconds that an upload of UploadService is kept after its last part, finished or not; the default is a day",
  ),
  maxStoredUploads: integer(
    "DEPTHMESH_MAX_STORED_UPLOADS",
    1000,
    [1, 1_000_000],
    "uploads of UploadService that one tenant may have, also finished ones",
  ),
  minFreeMib: integer(
    "DEPTHMESH_MIN_FREE_MIB",
    256,
    [0, 1_073_741_824],
    "free space in MiB of the blob folder's file system below which uploads are refused, so that running jobs can finish",
  ),
  queueLimit: integer(
    "DEPTHMESH_QUEUE_LIMIT",
    10_000,
    [1, 10_000_000],
    "orders that may wait in one lane of the depth stage; further jobs are refused",
  ),
  natsReplicas: choice(
    "DEPTHMESH_NATS_REPLICAS",
    "1",
    ["1", "3", "5"],
    "servers of a NATS cluster that have a copy of each stream and bucket; those that exist with fewer get more",
  ),
  natsPlacement: text(
    "DEPTHMESH_NATS_PLACEMENT",
    "",
    "tags, with commas between them, that a nats-server of a cluster must have to keep streams and buckets",
  ),
};

/** Pictures at once. */
const PREVIEW_SETTINGS = {
  maxPreviews: integer(
    "DEPTHMESH_MAX_PREVIEWS",
    16,
    [1, 1024],
    "sessions of Interact at once, and as many stills and contact sheets; one tenant may have three quarters of them",
  ),
  previewIdleMs: integer(
    "DEPTHMESH_PREVIEW_IDLE_MS",
    60_000,
    [500, 3_600_000],
    "milliseconds without a camera after which a session of Interact is ended",
  ),
  previewPhotosMib: integer(
    "DEPTHMESH_PREVIEW_PHOTOS_MIB",
    128,
    [16, 65_536],
    "MiB of memory for uploads that were decoded for previews, with their depth maps",
  ),
};

const HOURS = [0, 87_600] as const;

/** How often maintenance runs, and how long it keeps jobs and files. */
const MAINTENANCE_SETTINGS = {
  maintenanceMs: {
    ...integer(
      "DEPTHMESH_MAINTENANCE_MS",
      20_000,
      [200, 3_600_000],
      "milliseconds between two maintenance passes, which find lost orders and expired records",
    ),
    formerVariable: "DEPTHMESH_UPKEEP_MS",
  },
  sweepMs: integer(
    "DEPTHMESH_SWEEP_MS",
    300_000,
    [200, 86_400_000],
    "milliseconds between two sweeps, which remove blobs that nothing references",
  ),
  blobGraceMs: integer(
    "DEPTHMESH_BLOB_GRACE_MS",
    900_000,
    [0, 86_400_000],
    "minimum age in milliseconds of a blob that a sweep removes: younger ones may be about to be referenced; use 0 only while nobody submits jobs",
  ),
  keepSucceededHours: integer(
    "DEPTHMESH_KEEP_SUCCEEDED_HOURS",
    168,
    HOURS,
    "hours that a successful job is kept with its files; 0 removes it in the next maintenance pass",
  ),
  keepFailedHours: integer(
    "DEPTHMESH_KEEP_FAILED_HOURS",
    336,
    HOURS,
    "hours that a failed job is kept; 0 removes it in the next maintenance pass",
  ),
  keepCancelledHours: integer(
    "DEPTHMESH_KEEP_CANCELLED_HOURS",
    24,
    HOURS,
    "hours that a cancelled or expired job is kept; 0 removes it in the next maintenance pass",
  ),
  quarantineHours: integer(
    "DEPTHMESH_QUARANTINE_HOURS",
    336,
    HOURS,
    "hours that uploads which made their job fail are kept in quarantine; 0 keeps none",
  ),
};

export const GATEWAY_SETTINGS = {
  ...COMMON_SETTINGS,
  ...LEASE_SETTINGS,
  ...DISK_SETTINGS,
  ...GATEWAY_PORT_SETTINGS,
  blobFolder: text("DEPTHMESH_BLOBS", ".depthmesh/blobs", "folder of the blob store"),
  ...BLOB_STORE_SETTINGS,
  ...IDENTITY_SETTINGS,
  ...UPLOAD_SETTINGS,
  ...PREVIEW_SETTINGS,
  ...QUOTA_SETTINGS,
  ...MAINTENANCE_SETTINGS,
  ...WEBHOOK_SETTINGS,
  ...CATALOGUE_SETTINGS,
};

export const loadConfig = () => readSettings(GATEWAY_SETTINGS);
export type GatewayConfig = ReturnType<typeof loadConfig>;

/** Settings of the gateway. */
import { MAX_CLIP_FRAMES } from "../../core/geometry/timing.js";
import { COMMON_SETTINGS, integer, readSettings, text } from "../../kit/config.js";
import { MAINTENANCE_SETTINGS } from "./maintenance/settings.js";

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

/** Settings of the depth service. */
import { COMMON_SETTINGS, integer, readSettings, slotsSetting, text } from "../../kit/config.js";

export const DEPTH_SETTINGS = {
  ...COMMON_SETTINGS,
  slots: slotsSetting(1),
  modelFolder: text(
    "DEPTHMESH_MODEL_FOLDER",
    "",
    "folder with manifest.json and model files; unset means the package's models/",
  ),
  threads: integer(
    "DEPTHMESH_DEPTH_THREADS",
    0,
    [0, 256],
    "threads of one inference, 0 is all cores",
  ),
  maxPixels: integer(
    "DEPTHMESH_MAX_PIXELS",
    50_000_000,
    [4096, 1_000_000_000],
    "largest photo in pixels",
  ),
  photoFormats: text(
    "DEPTHMESH_PHOTO_FORMATS",
    "jpeg png webp gif avif tiff",
    "formats that are decoded; the loaders of all others are blocked",
  ),
  decodeMemoryMib: integer(
    "DEPTHMESH_DECODE_MEMORY_MIB",
    2048,
    [256, 65_536],
    "most memory of the decoding process in MiB",
  ),
  decodeTimeoutMs: integer(
    "DEPTHMESH_DECODE_TIMEOUT_MS",
    20_000,
    [100, 600_000],
    "milliseconds that one photo's decoding may take",
  ),
  disparitySide: integer(
    "DEPTHMESH_DISPARITY_SIDE",
    1024,
    [256, 4096],
    "long side of the refined disparity map in pixels",
  ),
};

export const loadConfig = () => readSettings(DEPTH_SETTINGS);
export type DepthConfig = ReturnType<typeof loadConfig>;

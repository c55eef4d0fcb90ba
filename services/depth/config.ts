/** Settings of the depth service. */
import { FORMAT_TITLES, type PhotoFormat } from "../../core/photo/format.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import {
  COMMON_SETTINGS,
  choice,
  integer,
  readSettings,
  slotsSetting,
  text,
} from "../../kit/config.js";
import { MODEL_SETTINGS } from "../../models/registry.js";
import type { PhotoRules } from "./decode/protocol.js";

export const DEPTH_SETTINGS = {
  ...COMMON_SETTINGS,
  slots: slotsSetting(1),
  ...MODEL_SETTINGS,
  provider: choice(
    "DEPTHMESH_PROVIDER",
    "auto",
    ["auto", "cpu", "cuda"],
    "what runs the models: auto is CUDA where it works at start, and the CPU after it",
  ),
  threads: integer(
    "DEPTHMESH_DEPTH_THREADS",
    0,
    [0, 256],
    "threads of one inference on the CPU, 0 is all cores",
  ),
  memoryMib: integer(
    "DEPTHMESH_DEPTH_MEMORY_MIB",
    0,
    [0, 1_048_576],
    "memory in MiB that inference on the CPU may take by estimate, 0 is half of the machine's or container's",
  ),
  gpuMemoryMib: integer(
    "DEPTHMESH_GPU_MEMORY_MIB",
    4096,
    [64, 1_048_576],
    "memory in MiB that inference on the GPU may take by estimate",
  ),
  maxBatch: integer("DEPTHMESH_MAX_BATCH", 8, [1, 64], "photos in one run on a GPU"),
  maxQueueDelayMs: integer(
    "DEPTHMESH_MAX_QUEUE_DELAY_MS",
    5,
    [0, 1000],
    "milliseconds that a photo waits for others to share a run on a GPU",
  ),
  maxLoaded: integer(
    "DEPTHMESH_MAX_LOADED_MODELS",
    3,
    [2, 64],
    "models kept loaded; the one unused for longest makes room",
  ),
  inferenceTimeoutMs: integer(
    "DEPTHMESH_INFERENCE_TIMEOUT_MS",
    60_000,
    [10, 3_600_000],
    "milliseconds that loading a model, or one run of it, may take",
  ),
  maxEstimates: integer(
    "DEPTHMESH_MAX_ESTIMATES",
    4,
    [1, 1024],
    "calls of EstimateDepth worked on at once; as many more wait",
  ),
  maxUploadBytes: integer(
    "DEPTHMESH_MAX_UPLOAD_BYTES",
    64 * 1024 * 1024,
    [1024, 1024 * 1024 * 1024],
    "largest photo in bytes",
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
    1024,
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

/** Throws when the settings name a format that there is not. */
export function photoRules(config: Pick<DepthConfig, "maxPixels" | "photoFormats">): PhotoRules {
  const formats = config.photoFormats.split(/[ ,]+/).filter((name) => name !== "");
  const known = Object.keys(FORMAT_TITLES);
  for (const name of formats) {
    if (known.includes(name)) continue;
    throw new Error(`DEPTHMESH_PHOTO_FORMATS names ${name}; there are: ${known.join(" ")}`);
  }
  // The gateway has held the bytes against its own limit.
  const limits = {
    ...DEFAULT_PHOTO_LIMITS,
    maxPixels: config.maxPixels,
    maxBytes: Number.MAX_SAFE_INTEGER,
  };
  return { limits, formats: formats as PhotoFormat[] };
}

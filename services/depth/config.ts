/** Settings of the depth service. */
import { PHOTO_FORMATS, type PhotoFormat } from "../../core/photo/format.js";
import { DEFAULT_PHOTO_LIMITS } from "../../core/photo/limits.js";
import { COMMON_SETTINGS, choice, integer, readSettings, text } from "../../kit/config.js";
import { MODEL_SETTINGS } from "../../models/registry.js";
import { WORKER_SETTINGS } from "../../pipeline/settings.js";
import type { PhotoRules } from "./decode/protocol.js";

export const DEPTH_SETTINGS = {
  ...COMMON_SETTINGS,
  ...WORKER_SETTINGS,
  ...MODEL_SETTINGS,
  provider: choice(
    "DEPTHMESH_PROVIDER",
    "auto",
    ["auto", "cpu", "cuda"],
    "what runs the models: auto means CUDA if it works at start, with the CPU as the fallback",
  ),
  threads: integer(
    "DEPTHMESH_DEPTH_THREADS",
    0,
    [0, 256],
    "threads of one inference on the CPU; 0 means all cores of the machine or container",
  ),
  memoryMib: integer(
    "DEPTHMESH_DEPTH_MEMORY_MIB",
    0,
    [0, 1_048_576],
    "limit in MiB for the estimated memory of inference on the CPU; 0 means half of the memory of the machine or container",
  ),
  gpuMemoryMib: integer(
    "DEPTHMESH_GPU_MEMORY_MIB",
    4096,
    [64, 1_048_576],
    "limit in MiB for the estimated memory of inference on the GPU",
  ),
  maxBatch: integer("DEPTHMESH_MAX_BATCH", 8, [1, 64], "most photos in one run on a GPU"),
  maxQueueDelayMs: integer(
    "DEPTHMESH_MAX_QUEUE_DELAY_MS",
    5,
    [0, 1000],
    "milliseconds that a photo waits for other photos to share a run on a GPU",
  ),
  maxLoaded: integer(
    "DEPTHMESH_MAX_LOADED_MODELS",
    3,
    [2, 64],
    "most sessions kept loaded, one per model and provider; the least recently used makes room",
  ),
  inferenceTimeoutMs: integer(
    "DEPTHMESH_INFERENCE_TIMEOUT_MS",
    60_000,
    [10, 3_600_000],
    "time limit in milliseconds for loading a model, and for one run of it",
  ),
  maxEstimates: integer(
    "DEPTHMESH_MAX_ESTIMATES",
    4,
    [1, 1024],
    "EstimateDepth calls that run at once; as many more may wait, and others are refused",
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
    PHOTO_FORMATS.join(" "),
    "photo formats that are decoded; the loaders of all other formats are blocked",
  ),
  decodeMemoryMib: integer(
    "DEPTHMESH_DECODE_MEMORY_MIB",
    1024,
    [256, 65_536],
    "memory limit of the decoding process in MiB",
  ),
  decodeTimeoutMs: integer(
    "DEPTHMESH_DECODE_TIMEOUT_MS",
    20_000,
    [100, 600_000],
    "limit in milliseconds for the processor time of decoding one photo; ten times as long on the clock is tried again",
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

/** The photos that this service decodes. Throws when the settings name an unknown format. */
export function photoRules(config: Pick<DepthConfig, "maxPixels" | "photoFormats">): PhotoRules {
  const formats = config.photoFormats.split(/[ ,]+/).filter((name) => name !== "");
  const known: readonly string[] = PHOTO_FORMATS;
  for (const name of formats) {
    if (known.includes(name)) continue;
    throw new Error(
      `DEPTHMESH_PHOTO_FORMATS names the unknown format ${name}; known are: ${known.join(" ")}`,
    );
  }
  // No limit of bytes: the gateway, or EstimateDepth, has checked it while receiving the photo.
  const limits = {
    ...DEFAULT_PHOTO_LIMITS,
    maxPixels: config.maxPixels,
    maxBytes: Number.MAX_SAFE_INTEGER,
  };
  return { limits, formats: formats as PhotoFormat[] };
}

/** Settings of the encode service. */
import {
  COMMON_SETTINGS,
  choice,
  integer,
  readSettings,
  setEnvironmentVariable,
  text,
} from "../../kit/config.js";
import { limitedProcessors } from "../../kit/process/processors.js";
import { DISK_SETTINGS, FRAMES_SETTINGS, WORKER_SETTINGS } from "../../pipeline/settings.js";

const GIB = 1024 ** 3;

/**
 * Settings that the script `ffmpeg-guarded` reads from its environment, because fluent-ffmpeg can
 * only pass arguments of ffmpeg itself.
 */
const GUARD_SETTINGS = {
  ffmpeg: text("DEPTHMESH_FFMPEG", "ffmpeg", "name or path of the ffmpeg command"),
  encoderMemoryBytes: integer(
    "DEPTHMESH_ENCODER_MEMORY_BYTES",
    0,
    [0, 1024 * GIB],
    "limit of the address space of one ffmpeg process; 0 computes it from the frames, the outputs and the processors; not applied to NVENC",
  ),
  encoderFileBytes: integer(
    "DEPTHMESH_ENCODER_FILE_BYTES",
    16 * GIB,
    [1024 * 1024, 1024 * GIB],
    "size of the largest file that ffmpeg may write",
  ),
  encoderCpuSeconds: integer(
    "DEPTHMESH_ENCODER_CPU_SECONDS",
    14_400,
    [1, 1_000_000],
    "limit of the processor time of one ffmpeg process",
  ),
};

export const ENCODE_SETTINGS = {
  ...COMMON_SETTINGS,
  ...WORKER_SETTINGS,
  ...FRAMES_SETTINGS,
  ...DISK_SETTINGS,
  ...GUARD_SETTINGS,
  ffprobe: text("DEPTHMESH_FFPROBE", "ffprobe", "name or path of the ffprobe command"),
  workFolder: text(
    "DEPTHMESH_WORK",
    "",
    "folder for files that are being written; unset means the system's temporary folder",
  ),
  encoderThreads: integer(
    "DEPTHMESH_ENCODER_THREADS",
    0,
    [0, 256],
    "threads of one encoder; 0 lets the encoder choose, or means the processors of the container if it has a limit",
  ),
  encoderWallSeconds: integer(
    "DEPTHMESH_ENCODER_WALL_SECONDS",
    7_200,
    [1, 1_000_000],
    "limit of the run time of one ffmpeg process",
  ),
  hardware: choice(
    "DEPTHMESH_HARDWARE_ENCODERS",
    "auto",
    ["auto", "off"],
    "whether NVENC, Quick Sync and VA-API are tried",
  ),
};

export const loadConfig = () => readSettings(ENCODE_SETTINGS);
export type EncodeConfig = ReturnType<typeof loadConfig>;

/** Sets the environment variables that the script `ffmpeg-guarded` reads. */
export function configureGuard(config: Pick<EncodeConfig, keyof typeof GUARD_SETTINGS>): void {
  for (const [key, { variable }] of Object.entries(GUARD_SETTINGS)) {
    setEnvironmentVariable(variable, String(config[key as keyof typeof GUARD_SETTINGS]));
  }
}

/** Threads of one encoder; 0 lets ffmpeg choose, which knows the processors of the machine only. */
export const threadsOfEncoder = ({ encoderThreads }: Pick<EncodeConfig, "encoderThreads">) =>
  encoderThreads || (limitedProcessors() ?? 0);

/** Ends a run of ffmpeg or ffprobe that does not end by itself. */
export interface RunLimits {
  /** The process is killed after this time. */
  readonly wallSeconds: number;
  /**
   * While somebody waits for the process, it is killed when it neither takes bytes nor uses
   * processor time for this long.
   */
  readonly stallMs: number;
  /**
   * Largest address space, unless the operator has set one. Undefined: enough for a run without
   * frames.
   */
  readonly memoryBytes?: number;
}

export function runLimits({
  encoderWallSeconds: wallSeconds,
  stallMs,
}: Pick<EncodeConfig, "encoderWallSeconds" | "stallMs">): RunLimits {
  return { wallSeconds, stallMs };
}

/** Settings of the encode service. */
import {
  COMMON_SETTINGS,
  choice,
  integer,
  readSettings,
  setEnvironmentVariable,
  slotsSetting,
  text,
} from "../../kit/config.js";

const GIB = 1024 ** 3;

/** What the guard script reads: fluent-ffmpeg can pass ffmpeg's own arguments only. */
const GUARD_SETTINGS = {
  ffmpeg: text("DEPTHMESH_FFMPEG", "ffmpeg", "name or path of the ffmpeg command"),
  encoderMemoryBytes: integer(
    "DEPTHMESH_ENCODER_MEMORY_BYTES",
    16 * GIB,
    [256 * 1024 * 1024, 1024 * GIB],
    "address space of one ffmpeg; none for NVENC",
  ),
  encoderFileBytes: integer(
    "DEPTHMESH_ENCODER_FILE_BYTES",
    16 * GIB,
    [1024 * 1024, 1024 * GIB],
    "largest file that ffmpeg may write",
  ),
  encoderCpuSeconds: integer(
    "DEPTHMESH_ENCODER_CPU_SECONDS",
    14_400,
    [1, 1_000_000],
    "processor time of one ffmpeg",
  ),
};

export const ENCODE_SETTINGS = {
  ...COMMON_SETTINGS,
  ...GUARD_SETTINGS,
  slots: slotsSetting(1),
  ffprobe: text("DEPTHMESH_FFPROBE", "ffprobe", "name or path of the ffprobe command"),
  workFolder: text(
    "DEPTHMESH_WORK",
    "",
    "folder for files being written; unset means the system's",
  ),
  encoderThreads: integer(
    "DEPTHMESH_ENCODER_THREADS",
    0,
    [0, 256],
    "threads of one encoder, 0 lets it choose",
  ),
  encoderWallSeconds: integer(
    "DEPTHMESH_ENCODER_WALL_SECONDS",
    7_200,
    [1, 1_000_000],
    "time that one ffmpeg may take",
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

/** Hand its settings to the guard script. */
export function configureGuard(config: Pick<EncodeConfig, keyof typeof GUARD_SETTINGS>): void {
  for (const [key, { variable }] of Object.entries(GUARD_SETTINGS)) {
    setEnvironmentVariable(variable, String(config[key as keyof typeof GUARD_SETTINGS]));
  }
}

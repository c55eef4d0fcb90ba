/** Settings of the encode service. */
import { COMMON_SETTINGS, integer, readSettings, slotsSetting, text } from "../../kit/config.js";

export const ENCODE_SETTINGS = {
  ...COMMON_SETTINGS,
  slots: slotsSetting(1),
  ffmpeg: text("DEPTHMESH_FFMPEG", "ffmpeg", "name or path of the ffmpeg command"),
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
};

export const loadConfig = () => readSettings(ENCODE_SETTINGS);
export type EncodeConfig = ReturnType<typeof loadConfig>;

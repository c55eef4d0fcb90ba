/** What ends a run of ffmpeg or ffprobe that does not end by itself. */
import type { EncodeConfig } from "./config.js";

export interface RunLimits {
  /** It is killed after this time. */
  readonly wallSeconds: number;
  /** It is killed when it neither takes bytes nor uses the processor for this long while it is waited for. */
  readonly stallMs: number;
}

export function runLimits({
  encoderWallSeconds: wallSeconds,
  stallMs,
}: Pick<EncodeConfig, "encoderWallSeconds" | "stallMs">): RunLimits {
  return { wallSeconds, stallMs };
}

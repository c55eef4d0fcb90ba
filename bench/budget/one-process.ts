/** What a frame costs where one process draws it and gives it to ffmpeg, in processor time. */
import { median } from "../../testing/statistics.js";
import type { OneProcessCost } from "../pipeline/one-process-job.js";

export interface OneProcessFrame {
  readonly ffmpegMs: number;
  readonly ownMs: number;
  readonly totalMs: number;
}

/**
 * The median of the differences of short and long runs for each frame of the difference. The first
 * run of each length is left out: it pays for code that is compiled on its first use.
 */
export function oneProcessFrame(
  short: readonly OneProcessCost[],
  long: readonly OneProcessCost[],
): OneProcessFrame {
  const frames = (long[0]?.frames ?? 0) - (short[0]?.frames ?? 0);
  if (frames <= 0) throw new RangeError("the long runs have no more frames than the short ones");
  const of = (value: (cost: OneProcessCost) => number) =>
    median(
      long.slice(1).map((run, index) => {
        const other = short[index + 1];
        if (!other) throw new RangeError("there are fewer short runs than long ones");
        return (value(run) - value(other)) / frames;
      }),
    );
  return {
    ffmpegMs: of(({ ffmpegCpuMs }) => ffmpegCpuMs),
    ownMs: of(({ ownCpuMs }) => ownCpuMs),
    totalMs: of(({ ffmpegCpuMs, ownCpuMs }) => ffmpegCpuMs + ownCpuMs),
  };
}

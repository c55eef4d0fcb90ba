/** One run of ffprobe, killed when it hangs or nobody wants its answer any more. */
import { execFile } from "node:child_process";
import { StallWatch, stallError } from "../../kit/async/stall-watch.js";
import { processStat } from "../../kit/process/process-stat.js";

export interface FfprobeOptions {
  /** Name or path of the command. */
  readonly ffprobe: string;
  /** It is killed when it does not use the processor for this long. */
  readonly stallMs: number;
  readonly signal?: AbortSignal;
}

/** What it writes on its standard output. Throws STAGE_STALLED, and what execFile says of a failure. */
export function runFfprobe(
  options: readonly string[],
  { ffprobe, stallMs, signal }: FfprobeOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let stalled = false;
    const watch = new StallWatch({
      stallMs,
      processorMs: () => processStat(child.pid)?.processorMs,
      stalled: () => {
        stalled = true;
        child.kill("SIGKILL");
      },
    });
    const child = execFile(
      ffprobe,
      options,
      { killSignal: "SIGKILL", ...(signal && { signal }) },
      (error, stdout) => {
        watch.end();
        if (stalled) reject(stallError("ffprobe", stallMs, error));
        else if (error) reject(error);
        else resolve(stdout);
      },
    );
    watch.begin();
  });
}

/** A clip that stands in its file several times: its packets are copied, not encoded again. */
import { dirname, join } from "node:path";
import { clipSeconds, containerArguments, soundArguments } from "./arguments.js";
import type { EncodeRequest, PlannedOutput } from "./encoder.js";
import { runFfmpeg } from "./ffmpeg.js";
import { soundInput } from "./sound.js";

/** Before the name of the file that holds the clip once. */
export const ONCE_PREFIX = "once-";

/** Write `file` from the one beside it that holds the clip once. Sound runs through all repeats. */
export function repeatClip(
  { format, sound, limits }: EncodeRequest,
  { output }: PlannedOutput,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const once = join(dirname(file), `${ONCE_PREFIX}${output.name}`);
  const loops = ["-stream_loop", String(output.repeat - 1)];
  const seconds = output.repeat * clipSeconds(format);
  return runFfmpeg(
    {
      inputs: [
        { arguments: loops, source: { file: once } },
        ...(sound === undefined ? [] : [soundInput(sound)]),
      ],
      outputs: [
        {
          arguments: [
            ...["-map", "0:v:0", "-c:v", "copy"],
            ...(sound === undefined ? [] : soundArguments(output, seconds)),
            ...containerArguments(output, format),
          ],
          target: file,
        },
      ],
      limits,
    },
    signal,
  );
}

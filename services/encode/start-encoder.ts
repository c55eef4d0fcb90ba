/**
 * Frames into every output of a job. One ffmpeg takes them once and hands each to all encoders: one pipe, one set of limits,
 * and no encoder can run ahead of another. What needs the whole clip first (palettes, repeats) follows from its files.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import {
  clipSeconds,
  containerArguments,
  deviceOptions,
  rawInput,
  soundArguments,
  videoArguments,
} from "./arguments.js";
import type {
  EncodedOutput,
  EncodeRequest,
  EncoderRun,
  ExtraOutput,
  PlannedOutput,
} from "./encoder.js";
import { type FfmpegInput, startFfmpeg } from "./ffmpeg.js";
import { gifSources, writeGif } from "./gif.js";
import { liveArguments, remux } from "./live/fragments.js";
import { ONCE_PREFIX, repeatClip } from "./repeat.js";
import { soundInput } from "./sound.js";

export function startEncoder(request: EncodeRequest): EncoderRun {
  const { format, outputs, live, extra = [], limits } = request;
  const stop = new AbortController();
  const written = live && finished(live.stream);
  // A stream that fails ends ffmpeg, and is told of by that.
  written?.catch(() => {});
  const main = startFfmpeg({
    inputs: inputsOf(request),
    outputs: [
      ...outputs.filter(isDirect).map((planned) => directOutput(request, planned)),
      ...(outputs.every(isDirect) ? [] : gifSources(request)),
      ...extra,
    ],
    limits,
  });
  return {
    write: (bytes) => main.write(bytes),
    async finish() {
      await main.finish();
      await written;
      const encoded: EncodedOutput[] = [];
      for (const planned of outputs) {
        const path = pathOf(request, planned);
        if (planned === live?.planned) {
          await remux(request, live, firstPath(request, planned), stop.signal);
        }
        if (!isDirect(planned)) await writeGif(request, planned, path, stop.signal);
        if (planned.output.repeat > 1) await repeatClip(request, planned, path, stop.signal);
        encoded.push({ ...planned, path });
      }
      return encoded;
    },
    async kill() {
      stop.abort();
      await main.kill();
    },
  };

  function inputsOf({ sound }: EncodeRequest): FfmpegInput[] {
    const raw = [...deviceOptions(outputs), ...rawInput(format)];
    const frames: FfmpegInput = { arguments: raw, source: "stdin" };
    return sound === undefined ? [frames] : [frames, soundInput(sound)];
  }
}

/** A GIF's palette is of the whole clip. */
function isDirect({ output }: PlannedOutput): boolean {
  return output.codec !== "gif";
}

/** What is repeated gets its sound then, so that it runs through. */
function directOutput(request: EncodeRequest, planned: PlannedOutput): ExtraOutput {
  const { format, threads, sound, live } = request;
  const { output } = planned;
  const withSound = sound !== undefined && output.repeat === 1;
  const path = pathOf(request, planned);
  const soundOptions = withSound ? soundArguments(output, clipSeconds(format)) : [];
  if (planned === live?.planned) {
    const options = liveArguments(planned, format, threads, soundOptions);
    return { arguments: options, target: live.stream };
  }
  if (output.codec === "png") mkdirSync(path);
  return {
    arguments: [
      ...videoArguments(planned, format, threads),
      ...soundOptions,
      ...containerArguments(output, format),
    ],
    target: output.codec === "png" ? join(path, "%05d.png") : firstPath(request, planned),
  };
}

/** An archive is packed when it is stored: until then its pictures lie in a folder. */
function pathOf({ folder }: EncodeRequest, { output }: PlannedOutput): string {
  return join(folder, output.codec === "png" ? `${output.name}.frames` : output.name);
}

function firstPath({ folder }: EncodeRequest, { output }: PlannedOutput): string {
  return join(folder, output.repeat > 1 ? `${ONCE_PREFIX}${output.name}` : output.name);
}

/**
 * Encodes one stream of frames into every output of a job. A single ffmpeg process reads the frames
 * once and passes each frame to all encoders, so that there is one input, one set of limits, and no
 * encoder can run ahead of another. Steps that need the complete clip (palettes, repeats) run
 * afterwards on the files that it wrote.
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
import type { EncodedOutput, EncodeRequest, EncoderRun, PlannedOutput } from "./encoder.js";
import { type FfmpegInput, type FfmpegOutput, runFfmpeg, startFfmpeg } from "./ffmpeg.js";
import { gifSources, writeGif } from "./gif.js";
import { liveArguments, liveOutput } from "./live/fragments.js";
import { storedFrames, writeSizedPicture } from "./sized-picture.js";
import { soundInput } from "./sound.js";
import { boxesFor, tagFile } from "./tag-packing.js";

export function startEncoder(request: EncodeRequest): EncoderRun {
  const { format, outputs, sound, live, limits, socketPath } = request;
  const stop = new AbortController();
  const written = live && finished(live.stream);
  // A stream that fails also ends ffmpeg, and `finish` reports that error.
  written?.catch(() => {});
  const frames: FfmpegInput = {
    arguments: [...deviceOptions(outputs), ...rawInput(format)],
    source: socketPath === undefined ? "stdin" : { socket: socketPath },
  };
  const main = startFfmpeg({
    inputs: sound === undefined ? [frames] : [frames, soundInput(sound)],
    outputs: [
      ...outputs.filter(isDirect).map((planned) => directOutput(request, planned)),
      ...gifSources(
        request,
        outputs.filter((each) => !isDirect(each) && !isSized(each)),
      ),
      ...storedFrames(request, outputs.filter(isSized)),
    ],
    limits,
  });
  return {
    write: (bytes) => main.write(bytes),
    checkReading: (waitedMs) => main.checkReading(waitedMs),
    untilExit: () => main.finish(),
    async finish(report = () => {}) {
      await main.finish();
      await written;
      const encoded: EncodedOutput[] = [];
      const sized = outputs.filter(isSized);
      for (const planned of outputs) {
        const path = pathOf(request, planned);
        if (isSized(planned)) {
          const before = sized.indexOf(planned);
          const part = (fraction: number) => report((before + fraction) / sized.length);
          encoded.push(await writeSizedPicture(request, planned, path, stop.signal, part));
          continue;
        }
        if (!isDirect(planned)) await writeGif(request, planned, path, stop.signal);
        if (planned.output.repeat > 1) await repeatClip(request, planned, path, stop.signal);
        const boxes = boxesFor(planned.output, format.packing);
        if (boxes && request.segment === undefined) await tagFile(path, boxes, stop.signal);
        encoded.push({ ...planned, path });
      }
      return encoded;
    },
    async kill() {
      stop.abort();
      await main.kill();
    },
  };
}

/**
 * Whether ffmpeg can write the output while frames arrive. A GIF cannot, because its palette needs
 * the complete clip, and a picture with a largest size cannot, because its size is searched.
 */
function isDirect(planned: PlannedOutput): boolean {
  return planned.output.codec !== "gif" && !isSized(planned);
}

const isSized = ({ output }: PlannedOutput) => output.maxSizeBytes !== undefined;

/** A repeated clip gets its sound in `repeatClip`, so that the sound runs through all repeats. */
function directOutput(request: EncodeRequest, planned: PlannedOutput): FfmpegOutput {
  const { format, threads, sound, live } = request;
  const { output } = planned;
  const withSound = sound !== undefined && output.repeat === 1;
  const path = pathOf(request, planned);
  const soundOptions = withSound ? soundArguments(output, clipSeconds(format)) : [];
  if (planned === live?.planned) {
    const isFirst = (request.segment ?? 0) === 0;
    const options = liveArguments(planned, format, threads, { sound: soundOptions, isFirst });
    return liveOutput(live, options, format, firstPath(request, planned));
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

/**
 * The finished file. The pictures of an archive stay in a folder, which is packed while it is
 * stored.
 */
function pathOf({ folder }: EncodeRequest, { output }: PlannedOutput): string {
  return join(folder, output.codec === "png" ? `${output.name}.frames` : output.name);
}

/** The file that contains the clip once. */
function firstPath({ folder }: EncodeRequest, { output }: PlannedOutput): string {
  return join(folder, output.repeat > 1 ? `once-${output.name}` : output.name);
}

/** Copies the packets of the clip `repeat` times into `file`, without encoding again. */
function repeatClip(
  request: EncodeRequest,
  planned: PlannedOutput,
  file: string,
  signal: AbortSignal,
): Promise<void> {
  const { format, sound, limits } = request;
  const { output } = planned;
  const clip: FfmpegInput = {
    arguments: ["-stream_loop", String(output.repeat - 1)],
    source: { file: firstPath(request, planned) },
  };
  const seconds = output.repeat * clipSeconds(format);
  const options = [
    ...["-map", "0:v:0", "-c:v", "copy"],
    ...(sound === undefined ? [] : soundArguments(output, seconds)),
    ...containerArguments(output, format),
  ];
  return runFfmpeg(
    {
      inputs: sound === undefined ? [clip] : [clip, soundInput(sound)],
      outputs: [{ arguments: options, target: file }],
      limits,
    },
    signal,
  );
}

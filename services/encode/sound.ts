/**
 * A job's sound: decoded once, before any frame is requested, into a plain WAV file that all
 * outputs use.
 */
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DepthmeshError } from "../../core/errors.js";
import { clipFrames } from "../../core/geometry/timing.js";
import { containerRow } from "../../core/output/containers.js";
import { SOUNDS, type SoundFormat } from "../../core/sound/codecs.js";
import type { JobSpec } from "../../core/spec/spec.js";
import type { RemoteBlobs } from "../../kit/blobs/remote.js";
import type { RunLimits } from "./config.js";
import { type FfmpegInput, runFfmpeg } from "./ffmpeg.js";

const SAMPLE_RATE_HZ = 48_000;
const CHANNELS = 2;
/** The RIFF header, the `fmt ` chunk and the header of the `data` chunk. */
const WAV_HEADER_BYTES = 44;

/**
 * Downloads and decodes the sound of a job into `folder`. Returns the path of the WAV file, or
 * undefined if no output has sound. Throws SOUND_CORRUPT.
 */
export async function fetchSound(
  { sound, outputs, clip }: JobSpec,
  {
    blobs,
    folder,
    limits,
  }: { readonly blobs: RemoteBlobs; readonly folder: string; readonly limits: RunLimits },
  signal: AbortSignal,
): Promise<string | undefined> {
  const audible = outputs.filter(({ container }) => containerRow(container).sound !== undefined);
  if (!sound || audible.length === 0) return undefined;
  const file = join(folder, "sound-upload");
  await writeFile(file, await blobs.read(sound.sha256, signal));
  const { numerator, denominator } = clip.frameRate;
  const once = (clipFrames(clip.durationSeconds, clip.frameRate) * denominator) / numerator;
  const seconds = once * Math.max(...audible.map(({ repeat }) => repeat));
  const target = join(folder, "sound.wav");
  await decodeSound({ file, format: sound.format }, target, { ...limits, seconds }, signal);
  return target;
}

/**
 * One channel sounds from both sides as loud as it is: by itself ffmpeg takes 3 dB off. More than
 * two are mixed to two first.
 */
const BOTH_SIDES = "aformat=channel_layouts=mono|stereo,pan=stereo|FL=FL+FC|FR=FR+FC";

/**
 * Decodes at most `seconds` of a sound file into the WAV file `target`. A file that is cut off is
 * decoded as far as it goes. Throws SOUND_CORRUPT when nothing can be decoded.
 */
export async function decodeSound(
  { file, format }: { readonly file: string; readonly format: SoundFormat },
  target: string,
  { seconds, ...limits }: RunLimits & { readonly seconds: number },
  signal: AbortSignal,
): Promise<void> {
  const { demuxer, codecs } = SOUNDS[format];
  // No others are tried, whatever the file contains.
  const decoders = Object.values(codecs).flat().join(",");
  const input: FfmpegInput = {
    arguments: ["-f", demuxer, "-codec_whitelist", decoders],
    source: { file },
  };
  const wave = [
    "-af",
    BOTH_SIDES,
    "-c:a",
    "pcm_s16le",
    "-ar",
    String(SAMPLE_RATE_HZ),
    "-ac",
    String(CHANNELS),
  ];
  const output = {
    arguments: [
      ...["-map", "0:a:0", ...wave, "-t", seconds.toFixed(6)],
      ...["-map_metadata", "-1", "-fflags", "+bitexact", "-f", "wav"],
    ],
    target,
  };
  await runFfmpeg({ inputs: [input], outputs: [output], limits }, signal).catch((error) => {
    signal.throwIfAborted();
    if (!(error instanceof DepthmeshError) || error.metadata.cause !== "encoder_error") throw error;
    throw new DepthmeshError("SOUND_CORRUPT", "the sound cannot be decoded", { cause: error });
  });
  // ffmpeg reports no error for a file that has no samples.
  if ((await stat(target)).size <= WAV_HEADER_BYTES) {
    throw new DepthmeshError("SOUND_CORRUPT", "the sound has no samples");
  }
}

/** The WAV file as an input that repeats without end; each output cuts it with `-t`. */
export function soundInput(file: string): FfmpegInput {
  return { arguments: ["-f", "wav", "-stream_loop", "-1"], source: { file } };
}

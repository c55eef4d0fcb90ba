/** A job's sound: decoded once, before any frame is asked for, into a plain WAV file that the outputs share. */
import { stat } from "node:fs/promises";
import { DepthmeshError } from "../../core/errors.js";
import type { SoundFormat } from "../../core/sound/format.js";
import { type FfmpegInput, runFfmpeg } from "./ffmpeg.js";
import type { RunLimits } from "./run-limits.js";

/** ffmpeg's demuxer and decoders of each format: no other is tried, whatever the file holds. */
const DEMUXERS: Readonly<Record<SoundFormat, readonly string[]>> = {
  wav: ["wav", "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le"],
  mp3: ["mp3", "mp3,mp3float"],
  flac: ["flac", "flac"],
  ogg: ["ogg", "vorbis,opus,libopus,libvorbis"],
  m4a: ["mov", "aac,alac"],
};

const SAMPLE_RATE_HZ = 48_000;
const CHANNELS = 2;
/** RIFF, fmt and the head of data. */
const WAV_HEADER_BYTES = 44;

/**
 * Decode at most `seconds` of it. Throws SOUND_CORRUPT when nothing can be decoded; what is cut off inside is taken as far
 * as it goes.
 */
export async function prepareSound(
  { file, format }: { readonly file: string; readonly format: SoundFormat },
  target: string,
  { seconds, ...limits }: RunLimits & { readonly seconds: number },
  signal: AbortSignal,
): Promise<void> {
  const [demuxer = "", decoders = ""] = DEMUXERS[format];
  const input: FfmpegInput = {
    arguments: ["-f", demuxer, "-codec_whitelist", decoders],
    source: { file },
  };
  const wave = ["-c:a", "pcm_s16le", "-ar", String(SAMPLE_RATE_HZ), "-ac", String(CHANNELS)];
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
  // ffmpeg is content with a file that has no sound in it.
  if ((await stat(target)).size <= WAV_HEADER_BYTES) {
    throw new DepthmeshError("SOUND_CORRUPT", "the sound has no samples");
  }
}

/** The WAV file again and again; the output says where it ends. */
export function soundInput(file: string): FfmpegInput {
  return { arguments: ["-f", "wav", "-stream_loop", "-1"], source: { file } };
}

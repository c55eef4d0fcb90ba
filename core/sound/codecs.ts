/**
 * What sounds are taken: the formats, the codecs that each may hold, and their limits. The check of
 * an upload and the decoder read the same table.
 */
import { DepthmeshError } from "../errors.js";

/** ffmpeg's demuxer of each format, and its decoders for the codecs that the format may hold. */
export const SOUNDS = {
  wav: {
    demuxer: "wav",
    codecs: {
      PCM: ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le"],
      float: ["pcm_f32le", "pcm_f64le"],
      "A-law": ["pcm_alaw"],
      "µ-law": ["pcm_mulaw"],
      "MS ADPCM": ["adpcm_ms"],
      "IMA ADPCM": ["adpcm_ima_wav"],
    },
  },
  mp3: {
    demuxer: "mp3",
    codecs: { MPEG: ["mp3float", "mp3", "mp2float", "mp2", "mp1float", "mp1"] },
  },
  flac: { demuxer: "flac", codecs: { FLAC: ["flac"] } },
  ogg: {
    demuxer: "ogg",
    codecs: { Vorbis: ["vorbis", "libvorbis"], Opus: ["opus", "libopus"], FLAC: ["flac"] },
  },
  m4a: {
    demuxer: "mov",
    codecs: { AAC: ["aac"], ALAC: ["alac"], MP3: ["mp3float", "mp3"] },
  },
} as const satisfies Record<
  string,
  { readonly demuxer: string; readonly codecs: Readonly<Record<string, readonly string[]>> }
>;

export type SoundFormat = keyof typeof SOUNDS;
export const SOUND_FORMATS = Object.keys(SOUNDS) as SoundFormat[];

/** Rates beyond these come from broken or hostile files; resampling from 1 Hz takes gigabytes. */
export const SOUND_LIMITS = { minRateHz: 4_000, maxRateHz: 384_000, maxChannels: 32 } as const;

/**
 * A format or a codec that nothing here decodes, with those that are taken and a way to convert.
 */
export function unsupportedSound(
  what: string,
  metadata: Record<string, string> = {},
): DepthmeshError {
  const known = SOUND_FORMATS.map(
    (format) => `${format} (${Object.keys(SOUNDS[format].codecs).join(", ")})`,
  );
  return new DepthmeshError(
    "SOUND_UNSUPPORTED_FORMAT",
    `${what}; supported: ${known.join(", ")}; most others become FLAC with: ffmpeg -i SOUND sound.flac`,
    { metadata: { known: SOUND_FORMATS.join(" "), ...metadata } },
  );
}

export function corruptSound(format: SoundFormat, why: string, sizeBytes: number): DepthmeshError {
  return new DepthmeshError("SOUND_CORRUPT", `the ${format} file is broken: ${why}`, {
    metadata: { format, actual_bytes: String(sizeBytes) },
  });
}

/** Throws SOUND_UNSUPPORTED_FORMAT for a rate in Hz or a number of channels beyond SOUND_LIMITS. */
export function requireSoundLimits(rateHz: number, channels: number): void {
  const { minRateHz, maxRateHz, maxChannels } = SOUND_LIMITS;
  if (rateHz < minRateHz || rateHz > maxRateHz) {
    throw unsupportedSound(
      `the sound has ${rateHz} samples per second; it must be ${minRateHz} to ${maxRateHz}`,
      {
        actual_hz: String(rateHz),
        limit_minimum_hz: String(minRateHz),
        limit_maximum_hz: String(maxRateHz),
      },
    );
  }
  if (channels < 1 || channels > maxChannels) {
    throw unsupportedSound(`the sound has ${channels} channels; it must be 1 to ${maxChannels}`, {
      actual_channels: String(channels),
      limit_maximum_channels: String(maxChannels),
    });
  }
}

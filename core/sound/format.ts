/** Recognizes the format of a sound file, and checks its first structures without decoding. */
import {
  corruptSound,
  requireSoundLimits,
  SOUND_FORMATS,
  type SoundFormat,
  unsupportedSound,
} from "./codecs.js";
import { foreignSound } from "./foreign.js";
import { checkM4a } from "./m4a.js";
import { afterTags, beginsInsideMpegAudio, checkMpegAudio, isFrame } from "./mpeg-audio.js";
import { checkOgg } from "./ogg.js";
import { SoundBytes } from "./reader.js";
import { checkWav } from "./wav.js";

export { SOUND_FORMATS, type SoundFormat };

const WAVE_CONTAINERS = ["RIFF", "RF64", "BW64"];

function formatAt(file: SoundBytes, offset: number): SoundFormat | undefined {
  const start = file.text(offset, 4);
  if (WAVE_CONTAINERS.includes(start) && file.text(offset + 8, 4) === "WAVE") return "wav";
  if (start === "fLaC") return "flac";
  if (start === "OggS") return "ogg";
  if (file.text(offset + 4, 4) === "ftyp") return "m4a";
  return isFrame(file, offset) ? "mp3" : undefined;
}

/**
 * Checks the first structures of a whole file, without decoding. Throws SOUND_UNSUPPORTED_FORMAT
 * for what no decoder here decodes, and SOUND_CORRUPT.
 */
export function inspectSound(bytes: Uint8Array): SoundFormat {
  const file = new SoundBytes(bytes);
  // Programs put ID3 in front of FLAC, Ogg and WAVE too.
  const start = afterTags(file);
  const foreign = foreignSound(file, start);
  if (foreign) throw unsupportedSound(`the sound is ${foreign}`);
  const isTagged = start > 0;
  const format =
    formatAt(file, start) ?? (isTagged || beginsInsideMpegAudio(file) ? "mp3" : undefined);
  if (!format) {
    throw unsupportedSound(
      file.size === 0 ? "the sound is empty" : "the sound is not of a supported format",
    );
  }
  CHECKS[format](file, start);
  return format;
}

const CHECKS: Readonly<Record<SoundFormat, (file: SoundBytes, start: number) => void>> = {
  wav: checkWav,
  mp3: checkMpegAudio,
  flac: checkFlac,
  ogg: checkOgg,
  m4a: checkM4a,
};

/** The first metadata block is STREAMINFO, type 0, of 34 bytes (RFC 9639, 8.2). */
function checkFlac(file: SoundBytes, start: number): void {
  if (!file.has(start, 43) || (file.u32(start + 4) & 0x7fffffff) !== 34) {
    throw corruptSound("flac", "it does not begin with the facts of its stream", file.size);
  }
  // 20 bits of rate, then three bits of channels less one.
  const rateHz = (file.u32(start + 18) >>> 12) & 0xfffff;
  const channels = ((file.u8(start + 20) >> 1) & 7) + 1;
  requireSoundLimits(rateHz, channels);
}

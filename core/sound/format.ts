/** Recognizes the format of a sound file, and checks its first structures without decoding. */
import {
  corruptSound,
  requireSoundLimits,
  SOUND_FORMATS,
  type SoundFormat,
  unsupportedSound,
} from "./codecs.js";
import { checkM4a } from "./m4a.js";
import { afterTags, checkMpegAudio, isFrame } from "./mpeg-audio.js";
import { checkOgg } from "./ogg.js";
import { SoundBytes } from "./reader.js";
import { checkWav } from "./wav.js";

export { SOUND_FORMATS, type SoundFormat };

/**
 * The format of a file that begins with `head`; mp3 for one with an ID3 tag, behind which FLAC can
 * follow too. Throws SOUND_UNSUPPORTED_FORMAT.
 */
export function sniffSound(head: Uint8Array): SoundFormat {
  const file = new SoundBytes(head);
  const format = formatAt(file, 0);
  if (format) return format;
  if (file.text(0, 3) === "ID3" || file.text(0, 8) === "APETAGEX") return "mp3";
  throw unsupportedSound(
    head.length === 0 ? "the sound is empty" : "the sound is not of a supported format",
  );
}

function formatAt(file: SoundBytes, offset: number): SoundFormat | undefined {
  const start = file.text(offset, 4);
  if (["RIFF", "RF64"].includes(start) && file.text(offset + 8, 4) === "WAVE") return "wav";
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
  const sniffed = sniffSound(bytes.subarray(0, 16));
  const start = sniffed === "mp3" ? afterTags(file) : 0;
  const format = file.text(start, 4) === "fLaC" ? "flac" : sniffed;
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

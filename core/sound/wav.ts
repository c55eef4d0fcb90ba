/** Checks a WAVE file: its format chunk, and that data follow it (RIFF, RF64: EBU Tech 3306). */
import { corruptSound, requireSoundLimits, unsupportedSound } from "./codecs.js";
import { MAX_PARTS, type SoundBytes } from "./reader.js";

/** Codecs by the format tag (mmreg.h), with the bits per sample that the decoders take. */
const CODECS: Readonly<Record<number, readonly number[]>> = {
  1: [8, 12, 16, 20, 24, 32],
  2: [4],
  3: [32, 64],
  6: [8],
  7: [8],
  17: [3, 4],
};
/** The tag that leaves the codec to the first two bytes of a GUID. */
const EXTENSIBLE = 0xfffe;
const FORMAT_BYTES = 16;
const VALID_BITS_OFFSET = 18;
const SUBFORMAT_OFFSET = 24;

/**
 * A length that the recorder never set (0, or more than the file) is no fault: decoders read to the
 * end. Throws SOUND_UNSUPPORTED_FORMAT and SOUND_CORRUPT.
 */
export function checkWav(file: SoundBytes, start: number): void {
  let isFormatted = false;
  let offset = start + 12;
  for (let parts = 0; parts < MAX_PARTS && file.has(offset, 8); parts++) {
    const type = file.text(offset, 4);
    const length = file.u32(offset + 4, true);
    if (type === "fmt ") {
      checkFormat(file, offset + 8, length);
      isFormatted = true;
    }
    if (type === "data") {
      if (!isFormatted) throw corruptSound("wav", "its data come before their format", file.size);
      if (file.has(offset + 8, 1)) return;
    }
    offset += 8 + length + (length % 2);
  }
  throw corruptSound("wav", "it has no samples", file.size);
}

function checkFormat(file: SoundBytes, at: number, length: number): void {
  if (length < FORMAT_BYTES || !file.has(at, FORMAT_BYTES)) {
    throw corruptSound("wav", "its format chunk is too short", file.size);
  }
  const tag = file.u16(at, true);
  const codec = tag === EXTENSIBLE ? file.u16(at + SUBFORMAT_OFFSET, true) : tag;
  const bits = file.u16(at + 14, true);
  if (!CODECS[codec]?.includes(bits)) {
    throw unsupportedSound(`the wav file has codec ${codec} with ${bits} bits per sample`, {
      actual_codec: String(codec),
      actual_bits: String(bits),
    });
  }
  const validBits = tag === EXTENSIBLE ? file.u16(at + VALID_BITS_OFFSET, true) : bits;
  // ffmpeg takes the 24 highest bits of 32 for another type, and plays noise.
  if (bits === 32 && validBits > 0 && validBits < bits) {
    throw unsupportedSound(`the wav file has ${validBits} valid bits in samples of ${bits} bits`, {
      actual_bits: String(validBits),
    });
  }
  requireSoundLimits(file.u32(at + 4, true), file.u16(at + 2, true));
}

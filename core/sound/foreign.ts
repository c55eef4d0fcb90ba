/** Names sounds of other formats by their first bytes, so that a refusal can say what was sent. */
import type { SoundBytes } from "./reader.js";

const SIGNATURES: readonly (readonly [signature: string, name: string])[] = [
  [".snd", "an AU file"],
  ["caff", "a CAF file"],
  ["#!AMR", "AMR"],
  ["MThd", "MIDI, which holds no samples"],
  ["\x30\x26\xb2\x75", "WMA or another ASF file"],
  ["\x1a\x45\xdf\xa3", "a WebM or Matroska file"],
  ["\x0b\x77", "AC-3"],
  ["RIFX", "a big-endian WAVE file"],
  ["riff\x2e\x91", "a Wave64 file"],
  ["MAC ", "Monkey's Audio"],
  ["wvpk", "WavPack"],
  ["DSD ", "DSD"],
];

/** The name, article included, of a foreign format at `start`; undefined if none is known. */
export function foreignSound(file: SoundBytes, start: number): string | undefined {
  const begin = file.text(start, 8);
  const known = SIGNATURES.find(([signature]) => begin.startsWith(signature));
  if (known) return known[1];
  if (begin.startsWith("FORM") && file.text(start + 8, 3) === "AIF") return "an AIFF file";
  return isAdts(file, start) ? "AAC without a container (ADTS)" : undefined;
}

/** The sync word of ISO/IEC 14496-3, 1.A.2.2: that of MPEG audio with the layer 0. */
function isAdts(file: SoundBytes, start: number): boolean {
  return (file.u16(start) & 0xfff6) === 0xfff0;
}

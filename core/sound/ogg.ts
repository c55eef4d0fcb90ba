/** Checks the first pages of an Ogg file (RFC 3533), which name the codecs of its streams. */
import { corruptSound, requireSoundLimits, unsupportedSound } from "./codecs.js";
import type { SoundBytes } from "./reader.js";

const PAGE_HEADER_BYTES = 27;
const BEGINS_STREAM = 2;
const MAX_STREAMS = 64;

/** Throws SOUND_UNSUPPORTED_FORMAT if no stream is Vorbis, Opus or FLAC, and SOUND_CORRUPT. */
export function checkOgg(file: SoundBytes, start: number): void {
  let page = start;
  for (let streams = 0; streams < MAX_STREAMS; streams++) {
    const isFirst = (file.u8(page + 5) & BEGINS_STREAM) !== 0;
    if (file.text(page, 4) !== "OggS" || (page > start && !isFirst)) break;
    const segments = file.u8(page + 26);
    const packet = page + PAGE_HEADER_BYTES + segments;
    let length = 0;
    for (let i = 0; i < segments; i++) length += file.u8(page + PAGE_HEADER_BYTES + i);
    if (file.u8(page + 4) !== 0 || !file.has(page, PAGE_HEADER_BYTES + segments + length)) {
      throw corruptSound("ogg", "its first page is incomplete", file.size);
    }
    if (isTakenCodec(file, packet)) return;
    page = packet + length;
  }
  throw unsupportedSound("the Ogg file has no stream of Vorbis, Opus or FLAC");
}

function isTakenCodec(file: SoundBytes, packet: number): boolean {
  if (file.text(packet, 7) === "\x01vorbis") {
    requireSoundLimits(file.u32(packet + 12, true), file.u8(packet + 11));
    return true;
  }
  // Opus always decodes to 48 kHz; the rate in its header is that of the input.
  return file.text(packet, 8) === "OpusHead" || file.text(packet, 5) === "\x7fFLAC";
}

/** Finds the first frames of MPEG audio behind tags and padding (ISO 11172-3, ID3v2, APEv2). */
import { corruptSound, unsupportedSound } from "./codecs.js";
import { MAX_PARTS, type SoundBytes } from "./reader.js";

const ID3_HEADER_BYTES = 10;
const ID3_FOOTER_FLAG = 0x10;
const APE_HEADER_BYTES = 32;
/** Decoders search this far behind the tags. */
const SEARCH_BYTES = 256 * 1024;

/** kbit/s by layer for MPEG-1; index 0 is a free rate. */
const MPEG1_KBPS = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
] as const;
const MPEG2_KBPS = [
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
const MPEG1_HZ = [44_100, 48_000, 32_000] as const;

/** Offset of what follows the tags at the start of the file: ID3v2 with footers, and APEv2. */
export function afterTags(file: SoundBytes): number {
  let offset = 0;
  for (let parts = 0; parts < MAX_PARTS; parts++) {
    if (file.text(offset, 3) === "ID3") offset += id3Bytes(file, offset);
    else if (file.text(offset, 8) === "APETAGEX") {
      offset += APE_HEADER_BYTES + file.u32(offset + 12, true);
    } else return offset;
  }
  return offset;
}

/** The length field of an ID3v2 tag uses seven bits of each byte. */
function id3Bytes(file: SoundBytes, offset: number): number {
  const length = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (file.u8(offset + at) & 0x7f), 0);
  const hasFooter = (file.u8(offset + 5) & ID3_FOOTER_FLAG) !== 0;
  return ID3_HEADER_BYTES + length + (hasFooter ? ID3_HEADER_BYTES : 0);
}

/**
 * Throws SOUND_CORRUPT where no frame that another one follows, or that ends the file, is near, and
 * SOUND_UNSUPPORTED_FORMAT for a free bitrate, whose frames no decoder here finds.
 */
export function checkMpegAudio(file: SoundBytes, start: number): void {
  const end = Math.min(file.size, start + SEARCH_BYTES);
  for (let offset = start; offset < end; offset++) {
    if (file.u8(offset) !== 0xff || !isFrame(file, offset)) continue;
    const next = offset + frameBytes(file, offset);
    if (next === offset && offset === start) {
      throw unsupportedSound("the mp3 file has a free bitrate");
    }
    if (next > offset && (next >= file.size || isFrame(file, next))) return;
  }
  throw corruptSound("mp3", "no frame of MPEG audio follows its tags", file.size);
}

/** As many frames in a row are no chance. */
const FRAMES_IN_A_ROW = 4;
const FIRST_FRAME_BYTES = 8 * 1024;

/** Whether a file begins with a part of a frame, or with zeros: a recording of a stream. */
export function beginsInsideMpegAudio(file: SoundBytes): boolean {
  const end = Math.min(file.size, FIRST_FRAME_BYTES);
  for (let offset = 0; offset < end; offset++) {
    if (file.u8(offset) === 0xff && framesFrom(file, offset) === FRAMES_IN_A_ROW) return true;
  }
  return false;
}

/** How many frames stand in a row from `offset` on, at most FRAMES_IN_A_ROW. */
function framesFrom(file: SoundBytes, offset: number): number {
  let at = offset;
  for (let frames = 0; frames < FRAMES_IN_A_ROW; frames++) {
    const bytes = isFrame(file, at) ? frameBytes(file, at) : 0;
    if (bytes === 0) return frames;
    at += bytes;
  }
  return FRAMES_IN_A_ROW;
}

/** A sync word, and a version, a layer, a bitrate and a rate that exist (2.4.2.3). */
export function isFrame(file: SoundBytes, offset: number): boolean {
  const version = (file.u8(offset + 1) >> 3) & 3;
  const layer = (file.u8(offset + 1) >> 1) & 3;
  const rates = file.u8(offset + 2);
  return (
    (file.u16(offset) & 0xffe0) === 0xffe0 &&
    version !== 1 &&
    layer !== 0 &&
    rates >> 4 !== 15 &&
    ((rates >> 2) & 3) !== 3
  );
}

/** Length of the frame at `offset`, which `isFrame` has accepted; 0 for a free bitrate. */
function frameBytes(file: SoundBytes, offset: number): number {
  const version = (file.u8(offset + 1) >> 3) & 3;
  const layer = 4 - ((file.u8(offset + 1) >> 1) & 3);
  const rates = file.u8(offset + 2);
  const isMpeg1 = version === 3;
  const kbps = (isMpeg1 ? MPEG1_KBPS : MPEG2_KBPS)[layer - 1]?.[rates >> 4] ?? 0;
  if (kbps === 0) return 0;
  // MPEG-2 halves the rate of MPEG-1, and MPEG-2.5 that of MPEG-2.
  const divisor = isMpeg1 ? 1 : version === 2 ? 2 : 4;
  const hz = (MPEG1_HZ[(rates >> 2) & 3] ?? 0) / divisor;
  const padding = (rates >> 1) & 1;
  if (layer === 1) return (Math.floor((12_000 * kbps) / hz) + padding) * 4;
  const samples = layer === 3 && !isMpeg1 ? 72_000 : 144_000;
  return Math.floor((samples * kbps) / hz) + padding;
}

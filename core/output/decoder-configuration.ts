/**
 * What a decoder must know before the first frame of an MP4 or QuickTime file. Files whose packets
 * are to be joined must agree in it.
 */
import {
  boxAt,
  COUNT_BYTES,
  childrenOf,
  FLAGS_BYTES,
  HEADER_BYTES,
  typeOf,
  VIDEO_ENTRY_BYTES,
  viewOf,
} from "./boxes.js";

/** Of the first track, which is the video. Bitrates are left out: they differ between parts. */
export function decoderConfiguration(moov: Uint8Array): Uint8Array {
  const stsd = boxAt(moov, "trak", "mdia", "minf", "stbl", "stsd");
  const entry = stsd.subarray(HEADER_BYTES + FLAGS_BYTES + COUNT_BYTES);
  const boxesAt = HEADER_BYTES + VIDEO_ENTRY_BYTES;
  const boxes = childrenOf(entry.subarray(0, viewOf(entry).getUint32(0)), boxesAt);
  // The entry's own size counts the bitrates.
  const parts = [entry.subarray(4, boxesAt), ...boxes.filter((box) => typeOf(box) !== "btrt")];
  return Buffer.concat(parts);
}

/** Units of time of the first track in a second. */
export function mediaTimescale(moov: Uint8Array): number {
  const header = boxAt(moov, "trak", "mdia", "mdhd");
  const isLong = viewOf(header).getUint8(HEADER_BYTES) === 1;
  return viewOf(header).getUint32(HEADER_BYTES + FLAGS_BYTES + (isLong ? 16 : 8));
}

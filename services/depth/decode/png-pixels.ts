/** Tells whether the image data of a PNG is whole: libpng says "read error" to every fault. */
import { constants, crc32, createInflate } from "node:zlib";
import type { PixelState } from "../../../core/photo/pixel-state.js";

const SIGNATURE_BYTES = 8;
const CHUNK_OVERHEAD_BYTES = 12;
/** CRC-32 of the four letters of the chunk, to go on from. */
const IDAT_CHECKSUM = crc32("IDAT");

/** The state of the IDAT chunks of `bytes`, whose chunks inspectPng has found sound. */
export async function pngPixels(bytes: Uint8Array): Promise<PixelState> {
  for (const [index, { data, checksum }] of [...imageData(bytes)].entries()) {
    if (crc32(data, IDAT_CHECKSUM) === checksum) continue;
    return { state: "damaged", fault: `the checksum of its image data chunk ${index} is wrong` };
  }
  const inflate = createInflate({ finishFlush: constants.Z_FINISH });
  const ended = new Promise<PixelState>((resolve) => {
    inflate.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "Z_BUF_ERROR") resolve({ state: "cut", fault: "its deflated data stops" });
      else resolve({ state: "damaged", fault: "its deflated data is broken" });
    });
    inflate.on("end", () => resolve({ state: "whole" }));
    inflate.resume();
  });
  for (const { data } of imageData(bytes)) inflate.write(data);
  inflate.end();
  return ended;
}

interface ImageData {
  readonly data: Uint8Array;
  /** CRC-32 of the name and the data, as the file has it. */
  readonly checksum: number;
}

function* imageData(bytes: Uint8Array): Generator<ImageData> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE_BYTES; at + CHUNK_OVERHEAD_BYTES <= bytes.length; ) {
    const length = view.getUint32(at);
    const end = at + CHUNK_OVERHEAD_BYTES + length;
    const isImageData = view.getUint32(at + 4) === 0x49444154;
    if (isImageData && end <= bytes.length) {
      yield { data: bytes.subarray(at + 8, end - 4), checksum: view.getUint32(end - 4) };
    }
    at = end;
  }
}

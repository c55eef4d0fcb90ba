/** Tells whether the image data of a PNG is whole: libpng says "read error" to every fault. */
import { constants, createInflate } from "node:zlib";
import type { PixelState } from "../../../core/photo/pixel-state.js";

const SIGNATURE_BYTES = 8;
const CHUNK_OVERHEAD_BYTES = 12;

/** The state of the IDAT chunks of `bytes`, whose chunks inspectPng has found sound. */
export async function pngPixels(bytes: Uint8Array): Promise<PixelState> {
  const inflate = createInflate({ finishFlush: constants.Z_FINISH });
  const ended = new Promise<PixelState>((resolve) => {
    inflate.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "Z_BUF_ERROR") resolve({ state: "cut", fault: "its deflated data stops" });
      else resolve({ state: "damaged", fault: "its deflated data is broken" });
    });
    inflate.on("end", () => resolve({ state: "whole" }));
    inflate.resume();
  });
  for (const chunk of imageData(bytes)) inflate.write(chunk);
  inflate.end();
  return ended;
}

function* imageData(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE_BYTES; at + CHUNK_OVERHEAD_BYTES <= bytes.length; ) {
    const length = view.getUint32(at);
    const isImageData = view.getUint32(at + 4) === 0x49444154;
    if (isImageData) yield bytes.subarray(at + 8, at + 8 + length);
    at += CHUNK_OVERHEAD_BYTES + length;
  }
}

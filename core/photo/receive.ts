/** Receives a photo piece by piece and checks its structure while nothing is stored yet. */
import type { Size } from "../geometry/size.js";
import { ReceivedBytes } from "../receive-bytes.js";
import { inspectPhoto, sniffFormat } from "./inspect.js";
import type { PhotoLimits } from "./limits.js";
import { SNIFF_BYTES } from "./sniff.js";
import { uprightSize } from "./upright.js";

export interface ReceivedPhoto {
  readonly bytes: Uint8Array;
  /** Upright, in pixels, as its header says. */
  readonly size: Size;
}

/**
 * An upload whose structure is whole. A wrong format or too many bytes are refused before the rest is
 * sent. Throws DepthmeshError with the IMAGE_ and UPLOAD_ reasons.
 */
export async function receivePhoto(
  chunks: AsyncIterable<Uint8Array>,
  limits: PhotoLimits,
): Promise<ReceivedPhoto> {
  const received = new ReceivedBytes(limits.maxBytes);
  let sniffed = false;
  for await (const chunk of chunks) {
    received.add(chunk);
    if (!sniffed && received.sizeBytes >= SNIFF_BYTES) {
      sniffFormat(received.joined());
      sniffed = true;
    }
  }
  const bytes = received.joined();
  return { bytes, size: uprightSize(inspectPhoto(bytes, limits)) };
}

/** Receives a photo piece by piece and checks its structure while nothing is stored yet. */
import type { Size } from "../clip/size.js";
import { InputError } from "../input-error.js";
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
 * sent. Throws InputError with the IMAGE_ and UPLOAD_ reasons.
 */
export async function receivePhoto(
  chunks: AsyncIterable<Uint8Array>,
  limits: PhotoLimits,
): Promise<ReceivedPhoto> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let sniffed = false;
  for await (const chunk of chunks) {
    parts.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > limits.maxBytes) throw tooLarge(sizeBytes, limits.maxBytes);
    if (!sniffed && sizeBytes >= SNIFF_BYTES) {
      sniffFormat(joined(parts, sizeBytes));
      sniffed = true;
    }
  }
  const bytes = joined(parts, sizeBytes);
  return { bytes, size: uprightSize(inspectPhoto(bytes, limits)) };
}

function joined(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tooLarge(actual: number, limit: number): InputError {
  return new InputError("UPLOAD_TOO_LARGE", `the upload has more than ${limit} bytes`, {
    limit_bytes: String(limit),
    actual_bytes: `${actual} or more`,
  });
}

/** Receives a photo or a sound and checks its structure while nothing is stored yet. */
import type { Size } from "../../core/clip/size.js";
import { inspectPhoto, sniffFormat } from "../../core/photo/inspect.js";
import type { PhotoLimits } from "../../core/photo/limits.js";
import { uprightSize } from "../../core/photo/upright.js";
import { inspectSound, type SoundFormat } from "../../core/sound/format.js";
import { DepthmeshError } from "../../kit/errors.js";

/** Formats are told apart by their first bytes; a wrong one is refused before the rest is sent. */
const SNIFF_BYTES = 32;

export interface ReceivedPhoto {
  readonly bytes: Uint8Array;
  /** Upright, in pixels, as its header says. */
  readonly size: Size;
}

/** An upload whose structure is whole. Throws the IMAGE_ and UPLOAD_ errors. */
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
      sniffFormat(Buffer.concat(parts));
      sniffed = true;
    }
  }
  const bytes = Buffer.concat(parts);
  return { bytes, size: uprightSize(inspectPhoto(bytes, limits)) };
}

export interface ReceivedSound {
  readonly bytes: Uint8Array;
  readonly format: SoundFormat;
}

/** A sound whose structure is whole. Throws the SOUND_ errors and UPLOAD_TOO_LARGE. */
export async function receiveSound(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<ReceivedSound> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) throw tooLarge(sizeBytes, maxBytes);
  }
  const bytes = Buffer.concat(parts);
  return { bytes, format: inspectSound(bytes) };
}

function tooLarge(actual: number, limit: number): DepthmeshError {
  return new DepthmeshError("UPLOAD_TOO_LARGE", `the upload has more than ${limit} bytes`, {
    metadata: { limit_bytes: String(limit), actual_bytes: `${actual} or more` },
  });
}

/** Receives a photo, and a depth map beside it, and checks their structure while nothing is stored yet. */
import { inspectMap, type MapInput } from "../../core/depthmap/files/map-file.js";
import { inspectPhoto, sniffFormat } from "../../core/photo/inspect.js";
import type { PhotoLimits } from "../../core/photo/limits.js";
import { DepthmeshError } from "../../kit/errors.js";

/** Formats are told apart by their first bytes; a wrong one is refused before the rest is sent. */
const SNIFF_BYTES = 32;

/** All bytes of an upload whose structure is whole. Throws the IMAGE_ and UPLOAD_ errors. */
export async function receivePhoto(
  chunks: AsyncIterable<Uint8Array>,
  limits: PhotoLimits,
): Promise<Uint8Array> {
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
  inspectPhoto(bytes, limits);
  return bytes;
}

/** All bytes of a caller's depth map whose structure is whole. Throws the IMAGE_ and UPLOAD_ errors of `depth.map`. */
export async function receiveMap(
  chunks: AsyncIterable<Uint8Array>,
  input: MapInput,
  limits: PhotoLimits,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > limits.maxBytes) throw tooLarge(sizeBytes, limits.maxBytes);
  }
  if (sizeBytes === 0) {
    throw new DepthmeshError("PARAMETER_CONFLICT", "spec.depth.map announces a map, none came", {
      metadata: { field: "depth.map" },
    });
  }
  const bytes = Buffer.concat(parts);
  inspectMap(bytes, input, limits);
  return bytes;
}

function tooLarge(actual: number, limit: number): DepthmeshError {
  return new DepthmeshError("UPLOAD_TOO_LARGE", `the upload has more than ${limit} bytes`, {
    metadata: { limit_bytes: String(limit), actual_bytes: `${actual} or more` },
  });
}

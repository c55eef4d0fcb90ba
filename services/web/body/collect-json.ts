/** JSON that a route reads itself: a short body, or a part of a form. */
import type { Readable } from "node:stream";
import { rangeError } from "../../../core/errors.js";
import { MAX_JSON_BYTES } from "../json/json-body.js";
import { readJson } from "../json/json-text.js";
import { chunksInTime } from "./body-chunks.js";

/** Throws as `collectJson`. */
export function bodyJson(body: Readable, idleMs: number): Promise<unknown> {
  return collectJson(chunksInTime(body, idleMs), "body");
}

/**
 * The JSON of a body or of a part of one; an empty one is an empty object. Throws
 * PARAMETER_OUT_OF_RANGE for more than 1 MiB, and what `readJson` throws.
 */
export async function collectJson(
  chunks: AsyncIterable<Uint8Array>,
  field: "body" | "header",
): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES) {
      const message = `the ${field} has more than ${MAX_JSON_BYTES} bytes of JSON`;
      throw rangeError(field, bytes, { maximum: MAX_JSON_BYTES }, message);
    }
    parts.push(chunk);
  }
  return bytes === 0 ? {} : readJson(Buffer.concat(parts).toString("utf8"));
}

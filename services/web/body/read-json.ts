/** A short body of JSON that a route reads itself. */
import type { Readable } from "node:stream";
import { DepthmeshError, rangeError } from "../../../core/errors.js";
import { chunksInTime } from "./body-chunks.js";

/** As the header of a job. */
export const MAX_JSON_BYTES = 2 ** 20;

/** Throws PARAMETER_OUT_OF_RANGE for more than 1 MiB, PARAMETER_UNKNOWN for what is no JSON. */
export async function readJson(body: Readable, idleMs: number): Promise<unknown> {
  return parseJson(await collectJson(chunksInTime(body, idleMs), "the body"));
}

/** The text of a body or a part. Throws PARAMETER_OUT_OF_RANGE for more than 1 MiB. */
export async function collectJson(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES) {
      const message = `${what} has more than ${MAX_JSON_BYTES} bytes of JSON`;
      throw rangeError("header", bytes, { maximum: MAX_JSON_BYTES }, message);
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString("utf8");
}

/** An empty text is an empty object. Throws PARAMETER_UNKNOWN. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch (error) {
    throw new DepthmeshError("PARAMETER_UNKNOWN", "this is no JSON", { cause: error });
  }
}

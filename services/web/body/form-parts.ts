/** The parts of a multipart/form-data body, one after the other, each as the stream that it is. */

import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { Busboy } from "@fastify/busboy";
import { DepthmeshError } from "../../../core/errors.js";
import { AsyncQueue } from "../../../kit/async/queue.js";
import { FILE_CHUNK_BYTES } from "../../../kit/rpc/chunks.js";
import { bodyChunks } from "./body-chunks.js";

export interface FormPart {
  readonly name: string;
  /** To be read before the next part is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** More than any form has; the reader refuses what it does not know. */
const MAX_PARTS = 8;
const MAX_HEADER_BYTES = 4 * 1024;
const MAX_HEADER_LINES = 16;

/**
 * Nothing is held but what one part's reader has not taken. Throws PARAMETER_CONFLICT for a body
 * that is no form or ends before its last boundary, and what `body` throws.
 */
export async function* formParts(
  headers: IncomingHttpHeaders,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<FormPart> {
  const parser = openParser(headers["content-type"] ?? "");
  const parts = new AsyncQueue<FormPart>();
  let current: Readable | undefined;
  const fail = (error: Error) => {
    current?.destroy(error);
    parts.close(error);
  };
  parser.on("file", (name, stream) => {
    current = stream;
    // Who reads the part gets the error; without a reader it is nobody's.
    stream.on("error", () => {});
    parts.push({ name: name ?? "", chunks: bodyChunks(stream) });
  });
  parser.on("partsLimit", () => fail(noForm(`the form has more than ${MAX_PARTS} parts`)));
  parser.on("error", (error) => fail(noForm("the form is broken, or ends too early", error)));
  parser.on("finish", () => parts.close());
  void feed(parser, body).catch(fail);
  yield* parts;
}

function openParser(contentType: string): Busboy {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      fileHwm: FILE_CHUNK_BYTES,
      // A part is a stream, whether a browser names a file for it or not.
      isPartAFile: () => true,
      limits: { parts: MAX_PARTS, headerSize: MAX_HEADER_BYTES, headerPairs: MAX_HEADER_LINES },
    });
  } catch (error) {
    throw noForm("the content type of a form must name its boundary", error);
  }
}

/** The parser takes the next bytes when the reader of the part has room for them. */
async function feed(parser: Busboy, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of body) {
    await new Promise<void>((taken) => parser.write(bytes, () => taken()));
  }
  parser.end();
}

function noForm(why: string, cause?: unknown): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", why, { cause });
}

/**
 * The parts of a multipart/form-data body, one after the other, each as the stream that it is. Of
 * the parser only its lower half is used: the upper one never answers a write that comes after the
 * last boundary when all parts have been read by then.
 */

import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { Dicer } from "@fastify/busboy";
import { DepthmeshError } from "../../../core/errors.js";
import { AsyncQueue } from "../../../kit/async/queue.js";
import { bodyChunks } from "./body-chunks.js";

export interface FormPart {
  readonly name: string;
  /** To be read before the next part is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** More than any form has; the reader refuses what it does not know. */
const MAX_PARTS = 8;
/** Lines of a part's header. */
const MAX_HEADER_LINES = 16;

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i;
const NAME = /^form-data\s*;(?:.*;)?\s*name=(?:"([^"\\]*)"|([^\s;"]+))/i;

/**
 * Nothing is held but what one part's reader has not taken. Throws PARAMETER_CONFLICT for a body
 * that is no form or ends before its last boundary, and what `body` throws.
 */
export async function* formParts(
  headers: IncomingHttpHeaders,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<FormPart> {
  const [, quoted, plain] = BOUNDARY.exec(headers["content-type"] ?? "") ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw noForm("the content type of a form must name its boundary");
  const parts = new AsyncQueue<FormPart>();
  let current: Readable | undefined;
  const fail = (error: unknown) => {
    const told = error instanceof DepthmeshError ? error : noForm("the form is broken", error);
    current?.destroy(told);
    parts.close(told);
  };
  const parser = new Dicer({ boundary, maxHeaderPairs: MAX_HEADER_LINES });
  let count = 0;
  parser.on("part", (stream: Readable) => {
    current = stream;
    // Who reads the part gets the error; without a reader it is nobody's.
    stream.on("error", () => {});
    stream.on("header", (header: Readonly<Record<string, readonly string[]>>) => {
      const name = nameIn(header["content-disposition"]?.[0] ?? "");
      count++;
      if (count > MAX_PARTS) fail(noForm(`the form has more than ${MAX_PARTS} parts`));
      else if (name === undefined) fail(noForm("a part of the form has no name"));
      else parts.push({ name, chunks: bodyChunks(stream) });
    });
  });
  parser.on("error", (error) => fail(noForm("the form is broken, or ends too early", error)));
  parser.on("finish", () => parts.close());
  void feed(parser, body).catch(fail);
  yield* parts;
}

function nameIn(disposition: string): string | undefined {
  const [, quoted, plain] = NAME.exec(disposition) ?? [];
  return quoted ?? plain;
}

/** The parser takes the next bytes when the reader of the part has room for them. */
async function feed(parser: Dicer, body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of body) {
    await new Promise<void>((taken) => parser.write(bytes, () => taken()));
  }
  parser.end();
}

function noForm(why: string, cause?: unknown): DepthmeshError {
  return new DepthmeshError("PARAMETER_CONFLICT", why, { cause });
}

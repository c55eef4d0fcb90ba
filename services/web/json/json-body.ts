/**
 * The body of a call that takes JSON: its type, its size, its encoding, and how long it may take.
 */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { DepthmeshError } from "../../../core/errors.js";
import { withDeadline } from "../../../kit/async/deadline.js";
import { refusal } from "../refusal.js";
import { readJson } from "./json-text.js";

/** As of a message over gRPC. */
export const MAX_JSON_BYTES = 1024 * 1024;
/** Whoever sends a byte now and then would keep a connection for ever. */
const MAX_BODY_MS = 30_000;

/** From now on, `request.body` of a call with JSON is its value; undefined if it is empty. */
export function takeJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    "application/json",
    async ({ headers }: FastifyRequest, payload: IncomingMessage) => {
      if (Number(headers["content-length"] ?? 0) > MAX_JSON_BYTES) throw tooLarge();
      const bytes = await withDeadline(read(payload), MAX_BODY_MS, tooSlow);
      return bytes.length === 0 ? undefined : readJson(textOf(bytes));
    },
  );
}

/** 415 for the content type of a request whose body this server takes in another one only. */
export function wrongContentType(given: string | undefined, wanted: string): DepthmeshError {
  const sent = given === undefined ? "no content-type" : `the content-type "${given}"`;
  const message = `the request has ${sent}; its body must be ${wanted}`;
  return refusal(415, "PARAMETER_UNKNOWN", message, { metadata: { field: "content-type" } });
}

async function read(payload: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  // A plain loop would close the connection when it is left, before the refusal is sent.
  for await (const part of payload.iterator({ destroyOnReturn: false })) {
    size += part.length;
    if (size > MAX_JSON_BYTES) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new DepthmeshError("PARAMETER_UNKNOWN", "the body is no UTF-8", { cause });
  }
}

export function tooLarge(): DepthmeshError {
  const message = `the body has more than ${MAX_JSON_BYTES} bytes`;
  return refusal(413, "PARAMETER_OUT_OF_RANGE", message, {
    metadata: { field: "body", limit_maximum_bytes: String(MAX_JSON_BYTES) },
  });
}

function tooSlow(): DepthmeshError {
  const message = `the body did not arrive within ${MAX_BODY_MS} ms`;
  return refusal(408, "UPLOAD_EXPIRED", message, {
    metadata: { limit_milliseconds: String(MAX_BODY_MS) },
  });
}

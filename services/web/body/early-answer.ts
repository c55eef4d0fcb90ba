/**
 * Answers that are given before the body has been read: the rest is not read, the connection is
 * cut. The answer's last byte is followed by the end of the connection only when the caller has had
 * time to read it: a connection that is closed with unread bytes is reset, and a reset can take the
 * answer with it.
 */
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { pause } from "../../../kit/async/delay.js";

/** A caller that still sends has this long to read the answer. */
const READING_MS = 1_000;
/** A body that is so short is read and thrown away, and the connection stays. */
const SHORT_BYTES = 64 * 1024;

export function cutEarlyAnswers(app: FastifyInstance): void {
  app.addHook("onSend", async ({ raw }, reply, payload) => {
    if (raw.complete || raw.destroyed || !hasBody(raw)) return payload;
    if (Number(raw.headers["content-length"] ?? Number.POSITIVE_INFINITY) <= SHORT_BYTES) {
      raw.resume();
      return payload;
    }
    const bytes = bytesOf(payload);
    reply.header("connection", "close");
    if (!bytes) return payload;
    reply.header("content-length", bytes.length);
    return Readable.from(thenWait(bytes, raw), { objectMode: false });
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["content-length"] !== undefined || headers["transfer-encoding"] !== undefined;
}

function bytesOf(payload: unknown): Buffer | undefined {
  if (typeof payload === "string") return Buffer.from(payload);
  return Buffer.isBuffer(payload) ? payload : undefined;
}

async function* thenWait(answer: Buffer, { socket }: IncomingMessage): AsyncGenerator<Buffer> {
  yield answer;
  const closed = new AbortController();
  socket.once("close", () => closed.abort());
  await pause(READING_MS, closed.signal);
}

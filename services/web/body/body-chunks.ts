/** The bytes of a request's body, or of one part of it, as they come and no faster than they go. */
import type { Readable } from "node:stream";
import { DepthmeshError } from "../../../core/errors.js";
import { chunksOf } from "../../../kit/rpc/chunks.js";
import { limitReadAhead } from "../../../kit/rpc/read-ahead.js";
import { inTime } from "../../../kit/rpc/requests.js";

/** What waits in this process when its reader is slower than the caller; one message takes it. */
const READ_AHEAD_BYTES = 256 * 1024;

/**
 * All that has arrived, in pieces of at most 256 KiB; the caller is not read while nobody asks.
 * Throws JOB_CANCELLED when the body breaks off.
 */
export async function* bodyChunks(body: Readable): AsyncGenerator<Buffer> {
  limitReadAhead(body, READ_AHEAD_BYTES);
  for (;;) {
    const bytes: Buffer | null = body.read();
    if (bytes) yield* chunksOf(bytes) as Generator<Buffer>;
    else if (body.readableEnded) return;
    else await news(body);
  }
}

/** The same for a whole body, with UPLOAD_EXPIRED where nothing comes for `idleMs`. */
export function chunksInTime(body: Readable, idleMs: number): AsyncIterableIterator<Buffer> {
  return inTime(bodyChunks(body), { idleMs, totalMs: Number.POSITIVE_INFINITY });
}

const NEWS = ["readable", "end", "error", "close"] as const;

/** Resolves when there is something to read, or the end. */
function news(body: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    if (body.destroyed) {
      reject(brokenOff(body));
      return;
    }
    const tell = () => {
      for (const event of NEWS) body.off(event, tell);
      if (body.destroyed && !body.readableEnded) reject(brokenOff(body));
      else resolve();
    };
    for (const event of NEWS) body.on(event, tell);
  });
}

function brokenOff({ errored }: Readable): DepthmeshError {
  if (errored instanceof DepthmeshError) return errored;
  return new DepthmeshError("JOB_CANCELLED", "the body broke off", { cause: errored });
}

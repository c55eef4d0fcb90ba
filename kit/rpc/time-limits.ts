/** Time limits for the messages of a caller: one that sends nothing keeps a place from others. */
import { DepthmeshError } from "../../core/errors.js";
import { withDeadline } from "../async/deadline.js";

export interface TimeLimits {
  /** For the next message, from the moment at which the handler asks for it. */
  readonly idleMs: number;
  /** For all messages together, against a caller that sends a little at a time; Infinity for none. */
  readonly totalMs: number;
}

/** The same messages. `next` throws UPLOAD_EXPIRED when a limit is passed. */
export function inTime<T>(
  messages: AsyncIterable<T>,
  { idleMs, totalMs }: TimeLimits,
): AsyncIterableIterator<T> {
  const source = messages[Symbol.asyncIterator]();
  const beganAtMs = performance.now();
  return {
    next() {
      const leftMs = beganAtMs + totalMs - performance.now();
      return withDeadline(source.next(), Math.min(idleMs, leftMs), () =>
        leftMs < idleMs
          ? expired("the upload took too long", totalMs)
          : expired("the upload sent nothing for too long", idleMs),
      );
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function expired(message: string, limitMs: number): DepthmeshError {
  const metadata = { limit_milliseconds: String(limitMs) };
  return new DepthmeshError("UPLOAD_EXPIRED", message, { metadata });
}

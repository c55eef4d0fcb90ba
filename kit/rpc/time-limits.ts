/** Messages of a caller, each in time: a caller who sends nothing keeps a place from others. */
import { DepthmeshError } from "../../core/errors.js";

export interface TimeLimits {
  /** For the next message, once it is asked for. */
  readonly idleMs: number;
  /** For all of them: one who drips keeps a place too. Infinity where each may take its time. */
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
    async next() {
      const leftMs = beganAtMs + totalMs - performance.now();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const expire = () =>
          reject(
            leftMs < idleMs
              ? expired("the upload took too long", totalMs)
              : expired("the upload sent nothing for too long", idleMs),
          );
        timer = setTimeout(expire, Math.min(idleMs, leftMs));
      });
      try {
        return await Promise.race([source.next(), late]);
      } finally {
        clearTimeout(timer);
      }
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

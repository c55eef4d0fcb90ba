/**
 * A minimum rate for uploads: each holds a place that others wait for, so one that sends a byte now
 * and then is ended.
 */
import { DepthmeshError } from "../../../core/errors.js";
import { withDeadline } from "../../../kit/async/deadline.js";

export interface Pace {
  /** Time in which at least `minBytes` must arrive, in milliseconds. */
  readonly windowMs: number;
  /** Zero for no minimum. */
  readonly minBytes: number;
}

/**
 * The same messages. `next` throws UPLOAD_EXPIRED when fewer than `minBytes` have arrived in a
 * window. Only the time in which the reader waits for the caller counts, so that a slow server is
 * not blamed on it. `sizeOf` is the size of a message in bytes.
 */
export function atPace<T>(
  messages: AsyncIterable<T>,
  { windowMs, minBytes }: Pace,
  sizeOf: (message: T) => number,
): AsyncIterableIterator<T> {
  const source = messages[Symbol.asyncIterator]();
  let waitedMs = 0;
  let bytes = 0;
  return {
    async next() {
      if (minBytes === 0) return source.next();
      const beganAtMs = performance.now();
      const result = await withDeadline(source.next(), Math.max(0, windowMs - waitedMs), () =>
        tooSlow(bytes, { windowMs, minBytes }),
      );
      waitedMs += performance.now() - beganAtMs;
      if (!result.done) bytes += sizeOf(result.value);
      if (bytes >= minBytes) {
        waitedMs = 0;
        bytes = 0;
      }
      return result;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function tooSlow(bytes: number, { windowMs, minBytes }: Pace): DepthmeshError {
  const message = `the upload sent ${bytes} bytes in ${windowMs} ms; it must send at least ${minBytes}`;
  return new DepthmeshError("UPLOAD_EXPIRED", message, {
    metadata: {
      actual_bytes: String(bytes),
      limit_minimum_bytes: String(minBytes),
      limit_milliseconds: String(windowMs),
    },
  });
}

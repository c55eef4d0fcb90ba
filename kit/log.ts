/**
 * Structured logs on stderr, one JSON object per line. They contain no file names, pixels or user
 * text.
 */
import { type DestinationStream, destination, type Logger, pino } from "pino";

/** Limit for lines that could not be written yet. */
const MAX_WAITING_BYTES = 1024 * 1024;

export type Log = Logger;

/** Fields that every line of a process has. */
export interface LogContext {
  readonly service: string;
  readonly worker: string;
}

export function createLog(level: string, context: LogContext, to?: DestinationStream): Log {
  return pino(
    { level, base: context, timestamp: pino.stdTimeFunctions.isoTime },
    to ?? standardError(),
  );
}

/**
 * Lines that the disk has no room for are kept, and dropped beyond a limit: no work may fail
 * because its log cannot be written.
 */
function standardError(): DestinationStream {
  const stream = destination({ dest: 2, sync: true, maxLength: MAX_WAITING_BYTES });
  stream.on("error", () => {});
  return stream;
}

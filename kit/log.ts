/** Structured logs on stderr: one JSON object a line. No file names, pixels or user text. */
import { type DestinationStream, destination, type Logger, pino } from "pino";

/** Of lines that could not be written yet. */
const MAX_WAITING_BYTES = 1024 * 1024;

export type Log = Logger;

/** Fields that every line of a process carries. */
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
 * Lines for which its disk has no room wait, and are dropped when too many do: no work may fail for
 * the want of its log.
 */
function standardError(): DestinationStream {
  const stream = destination({ dest: 2, sync: true, maxLength: MAX_WAITING_BYTES });
  stream.on("error", () => {});
  return stream;
}

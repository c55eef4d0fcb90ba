/** Structured logs on stderr: one JSON object a line. No file names, pixels or user text. */
import { type DestinationStream, destination, type Logger, pino } from "pino";

export type Log = Logger;

/** Fields that every line of a process carries. */
export interface LogContext {
  readonly service: string;
  readonly worker: string;
}

export function createLog(level: string, context: LogContext, to?: DestinationStream): Log {
  return pino(
    { level, base: context, timestamp: pino.stdTimeFunctions.isoTime },
    to ?? destination({ dest: 2, sync: true }),
  );
}

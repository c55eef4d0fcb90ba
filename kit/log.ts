/**
 * Structured logs on stderr: one JSON object per line, or lines for people where stderr is a
 * terminal. They contain no file names, pixels or user text.
 */
import { isatty } from "node:tty";
import { type DestinationStream, destination, type Logger, pino } from "pino";
import pretty from "pino-pretty";

const STDERR = 2;
/** Limit for lines that could not be written yet. */
const MAX_WAITING_BYTES = 1024 * 1024;

export type Log = Logger;

/** Fields that every line of a process has. */
export interface LogContext {
  readonly service: string;
  readonly worker: string;
}

export type LogFormat = "auto" | "json" | "pretty";

/** `format` auto is pretty on a terminal, and JSON elsewhere. `to` replaces stderr. */
export function createLog(
  level: string,
  context: LogContext,
  { format = "auto", to }: { readonly format?: LogFormat; readonly to?: DestinationStream } = {},
): Log {
  const isPretty = format === "pretty" || (format === "auto" && !to && isatty(STDERR));
  const stream = to ?? standardError();
  return pino(
    { level, base: context, timestamp: pino.stdTimeFunctions.isoTime },
    isPretty ? prettyInto(stream) : stream,
  );
}

/** The worker's name is left out: its service and the order of the lines tell enough. */
function prettyInto(to: DestinationStream): DestinationStream {
  const write = pretty.prettyFactory({
    colorize: isatty(STDERR),
    translateTime: "SYS:HH:MM:ss",
    ignore: "pid,hostname,worker,service",
    singleLine: true,
    messageFormat: "{service}  {msg}",
  });
  return { write: (line) => void to.write(write(JSON.parse(line)) ?? line) };
}

/**
 * Lines that the disk has no room for are kept, and dropped beyond a limit: no work may fail
 * because its log cannot be written.
 */
function standardError(): DestinationStream {
  const stream = destination({ dest: STDERR, sync: true, maxLength: MAX_WAITING_BYTES });
  stream.on("error", () => {});
  return stream;
}

/**
 * Structured logs on stderr: one JSON object per line, or lines for people where stderr is a
 * terminal. They contain no file names, pixels or user text.
 */
import { isatty } from "node:tty";
import { type DestinationStream, destination, type Logger, pino } from "pino";
import prettyPrinter from "pino-pretty";

const STDERR = 2;
/** Limit for lines that could not be written yet. */
const MAX_WAITING_BYTES = 1024 * 1024;

export type Log = Logger;

/** Fields that every line of a process has. */
export interface LogContext {
  readonly service: string;
  readonly worker: string;
}

/** Where lines go besides; each is JSON, and is taken in the context in which it was logged. */
export interface LogTap {
  to: ((line: string) => void) | undefined;
}

export type LogFormat = "auto" | "json" | "pretty";

export interface LogOptions {
  readonly format?: LogFormat;
  /** Replaces stderr. */
  readonly to?: DestinationStream;
  readonly tap?: LogTap;
}

/** `format` auto is pretty on a terminal, and JSON elsewhere. `to` replaces stderr. */
export function createLog(
  level: string,
  context: LogContext,
  { format = "auto", to, tap }: LogOptions = {},
): Log {
  const isPretty = format === "pretty" || (format === "auto" && !to && isatty(STDERR));
  const stream = to ?? standardError();
  return pino(
    {
      level,
      base: context,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: {
        streamWrite: (line) => {
          const written = line.replace(UNESCAPED, escaped);
          tap?.to?.(written);
          return written;
        },
      },
    },
    isPretty ? prettyInto(stream) : stream,
  );
}

/** Characters that JSON may hold as they are, and that some terminals obey. */
const UNESCAPED = /[\u007f-\u009f\u2028\u2029]/g;

const escaped = (character: string) =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** The worker's name is left out: its service and the order of the lines tell enough. */
function prettyInto(to: DestinationStream): DestinationStream {
  const write = prettyPrinter.prettyFactory({
    colorize: isatty(STDERR),
    translateTime: "SYS:HH:MM:ss",
    ignore: "pid,hostname,worker,service",
    singleLine: true,
    messageFormat: "{service}  {msg}",
  });
  const pretty = (line: string) => write(printable(JSON.parse(line))) ?? line;
  return { write: (line) => void to.write(pretty(line).replace(UNESCAPED, escaped)) };
}

/** pino-pretty prints these fields as they are, and escapes all others. */
const PRINTED_AS_THEY_ARE = ["msg", "caller", "name"] as const;

/** A caller's text must neither begin a line of its own nor command the terminal. */
function printable(line: Record<string, unknown>): Record<string, unknown> {
  for (const field of PRINTED_AS_THEY_ARE) {
    const value = line[field];
    if (typeof value === "string") line[field] = value.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
  }
  return line;
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

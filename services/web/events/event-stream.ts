/** The text of server-sent events, as the HTML standard defines it. */

export interface SentEvent {
  readonly event: string;
  readonly data: unknown;
  /** What a reader that comes back names as the last event that it has. */
  readonly id?: number;
}

/** JSON has no line breaks of its own, so that the data is one line. */
export function eventText({ event, data, id }: SentEvent): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  return `${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** After how many milliseconds a reader whose connection broke comes back. */
export function retryText(ms: number): string {
  return `retry: ${ms}\n\n`;
}

/** Nobody sees it; proxies and readers see that the stream is alive. */
export const COMMENT = ": \n\n";

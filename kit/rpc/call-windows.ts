/**
 * How much each caller may send ahead of its reader. One that is alone gets a window that a long
 * link needs; many at once share a budget, because what they send ahead waits in memory.
 */
import type { Http2Server, ServerHttp2Session } from "node:http2";

/**
 * Over a long link this and nothing else limits an upload: HTTP/2 opens half a window at a time, so
 * that 4 MiB give 16 MiB/s over 50 ms each way.
 */
export const MAX_CALL_WINDOW_BYTES = 4 * 1024 * 1024;
/** Of all calls together, as long as each has more than the least. */
const BUDGET_BYTES = 8 * 1024 * 1024;
/** A message of a file. */
const MIN_CALL_WINDOW_BYTES = 256 * 1024;
/** Windows become smaller at once, and larger when it has been quieter for so long. */
const GROW_AFTER_MS = 1_000;

/** The window of each of so many calls whose callers still send; a power of two. */
export function windowFor(calls: number): number {
  let bytes = MAX_CALL_WINDOW_BYTES;
  while (bytes > MIN_CALL_WINDOW_BYTES && bytes * calls > BUDGET_BYTES) bytes /= 2;
  return bytes;
}

export class CallWindows {
  readonly #server: Http2Server;
  readonly #settings: { readonly [name: string]: number };
  /** Open connections, with the window that each was told last. */
  readonly #told = new Map<ServerHttp2Session, number>();
  #bytes = MAX_CALL_WINDOW_BYTES;
  #growing: NodeJS.Timeout | undefined;

  /** `settings`: what else a new connection is told. */
  constructor(server: Http2Server, settings: Readonly<Record<string, number>>) {
    this.#server = server;
    this.#settings = settings;
    this.#tellNew();
  }

  add(session: ServerHttp2Session): void {
    this.#told.set(session, this.#bytes);
    session.once("close", () => this.#told.delete(session));
    // The peer has accepted the window before.
    session.on("localSettings", () => this.#tell(session));
  }

  /** Call it when `calls()`, the number of calls whose callers still send, has changed. */
  fit(calls: () => number): void {
    const wanted = windowFor(calls());
    if (wanted < this.#bytes) this.#set(wanted);
    if (wanted <= this.#bytes || this.#growing) return;
    this.#growing = setTimeout(() => {
      this.#growing = undefined;
      const now = windowFor(calls());
      if (now > this.#bytes) this.#set(now);
    }, GROW_AFTER_MS);
    this.#growing.unref();
  }

  #set(bytes: number): void {
    this.#bytes = bytes;
    this.#tellNew();
    for (const session of this.#told.keys()) this.#tell(session);
  }

  #tellNew(): void {
    this.#server.updateSettings({ ...this.#settings, initialWindowSize: this.#bytes });
  }

  /** Peers that answer slowly get the next window when they have answered. */
  #tell(session: ServerHttp2Session): void {
    if (session.closed || session.destroyed || session.pendingSettingsAck) return;
    if (this.#told.get(session) === this.#bytes) return;
    this.#told.set(session, this.#bytes);
    session.settings({ initialWindowSize: this.#bytes });
  }
}

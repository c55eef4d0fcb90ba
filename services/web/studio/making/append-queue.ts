/** Puts bytes into a SourceBuffer no faster than they are played, and takes out what was played. */

/** Seconds that lie ahead of the player before more is added. */
export const AHEAD_SECONDS = 30;
/** Seconds that stay behind the player when room is needed, so that a step back still works. */
const KEPT_SECONDS = 5;
/** Largest piece that is added at once; a larger one would be refused whole. */
const PIECE_BYTES = 256 * 1024;

/** The part of SourceBuffer that is used. */
export type Sink = Pick<
  SourceBuffer,
  "appendBuffer" | "remove" | "updating" | "addEventListener" | "removeEventListener"
> & { readonly buffered: Pick<TimeRanges, "length" | "start" | "end"> };

/** The part of the video element that is used. */
export interface Playhead {
  readonly currentTime: number;
  /** Resolves when the video has moved on; rejects when it is closed. */
  moved(): Promise<void>;
}

/**
 * Resolves when all of the bytes are in. Throws what the sink throws, and the playhead's reason.
 */
export async function append(sink: Sink, playhead: Playhead, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    await appendPiece(sink, playhead, bytes.slice(at, at + PIECE_BYTES));
  }
}

async function appendPiece(sink: Sink, playhead: Playhead, piece: Uint8Array<ArrayBuffer>) {
  while (secondsAhead(sink, playhead.currentTime) > AHEAD_SECONDS) await playhead.moved();
  for (;;) {
    try {
      await updated(sink, () => sink.appendBuffer(piece));
      return;
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    const until = playhead.currentTime - KEPT_SECONDS;
    const first = sink.buffered.length > 0 ? sink.buffered.start(0) : Number.POSITIVE_INFINITY;
    if (first < until) await updated(sink, () => sink.remove(first, until));
    else await playhead.moved();
  }
}

/** Seconds of video between the player and the end of the part that it is in. */
export function secondsAhead({ buffered }: Pick<Sink, "buffered">, currentTime: number): number {
  for (let range = 0; range < buffered.length; range++) {
    const [start, end] = [buffered.start(range), buffered.end(range)];
    if (start <= currentTime && currentTime < end) return end - currentTime;
  }
  return 0;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === "QuotaExceededError";
}

/** Starts a change and waits for its end. Rejects where the sink says that it failed. */
function updated(sink: Sink, change: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      sink.removeEventListener("updateend", done);
      sink.removeEventListener("error", failed);
      settle();
    };
    const done = () => end(resolve);
    const failed = () => end(() => reject(new Error("the browser cannot read the video")));
    sink.addEventListener("updateend", done);
    sink.addEventListener("error", failed);
    try {
      change();
    } catch (error) {
      end(() => reject(error instanceof Error ? error : new Error(String(error))));
    }
  });
}

/** Plays a job's video while it is encoded, by Media Source Extensions. */
import { InitRewriter } from "../../../../core/fragments/init-rewriter.js";
import { append, type Playhead } from "./append-queue.js";
import { followVideo, type LiveOptions } from "./live-source.js";
import { mediaTypeOf } from "./media-type.js";

/** The browser cannot play the video before it is finished. */
export class CannotPlayLive extends Error {
  override readonly name = "CannotPlayLive";
  /** The video's type; empty where the browser has no Media Source Extensions at all. */
  readonly mediaType: string;

  constructor(mediaType: string) {
    super(`no Media Source Extensions for ${mediaType || "any video"}`);
    this.mediaType = mediaType;
  }
}

export interface LivePlayOptions extends LiveOptions {
  readonly job: string;
  /** Length of the whole clip, which the fragments do not tell; undefined if it is not known. */
  readonly durationSeconds: number | undefined;
  /** The first bytes of another attempt are in: what was shown before is void. */
  readonly onAttempt?: () => void;
}

/**
 * Resolves when all of the video is in the element, which goes on playing. Throws CannotPlayLive,
 * ProblemError where the video cannot be followed, and the signal's reason.
 */
export async function playLive(video: HTMLVideoElement, options: LivePlayOptions): Promise<void> {
  const { job, signal } = options;
  if (typeof MediaSource === "undefined") throw new CannotPlayLive("");
  let attempt: Attempt | undefined;
  try {
    for await (const part of followVideo(job, options)) {
      if (part.kind === "attempt") {
        attempt?.close();
        attempt = new Attempt(video, options);
      } else {
        await attempt?.add(part.bytes);
      }
    }
    attempt?.end();
  } catch (error) {
    attempt?.close();
    signal.throwIfAborted();
    throw error;
  }
}

/** One attempt of the encoder: a source of its own for the element. */
class Attempt {
  readonly #video: HTMLVideoElement;
  readonly #options: LivePlayOptions;
  readonly #source = new MediaSource();
  readonly #address: string;
  readonly #opened: Promise<void>;
  #mediaType = "";
  /** Holds the bytes back until the init segment is whole, which names the codecs. */
  readonly #init = new InitRewriter((moov) => {
    this.#mediaType = mediaTypeOf(moov);
    return moov;
  });
  #buffer: SourceBuffer | undefined;

  constructor(video: HTMLVideoElement, options: LivePlayOptions) {
    this.#video = video;
    this.#options = options;
    this.#opened = eventOf(this.#source, "sourceopen", options.signal);
    this.#opened.catch(() => {});
    this.#address = URL.createObjectURL(this.#source);
    video.src = this.#address;
  }

  async add(bytes: Uint8Array): Promise<void> {
    const parts = this.#init.push(bytes);
    if (parts.length === 0) return;
    const buffer = this.#buffer ?? (await this.#begin());
    const playhead = playheadOf(this.#video, this.#options.signal);
    for (const part of parts) {
      this.#options.signal.throwIfAborted();
      if (part.length > 0) await append(buffer, playhead, part);
    }
  }

  async #begin(): Promise<SourceBuffer> {
    await this.#opened;
    if (!MediaSource.isTypeSupported(this.#mediaType)) throw new CannotPlayLive(this.#mediaType);
    const buffer = this.#source.addSourceBuffer(this.#mediaType);
    const { durationSeconds } = this.#options;
    if (durationSeconds !== undefined) this.#source.duration = durationSeconds;
    this.#buffer = buffer;
    this.#options.onAttempt?.();
    return buffer;
  }

  end(): void {
    if (this.#source.readyState === "open" && this.#buffer) this.#source.endOfStream();
  }

  close(): void {
    URL.revokeObjectURL(this.#address);
  }
}

function playheadOf(video: HTMLVideoElement, signal: AbortSignal): Playhead {
  return {
    get currentTime() {
      return video.currentTime;
    },
    moved: () => eventOf(video, "timeupdate", signal),
  };
}

/** Resolves with the next event of this type. Rejects with the signal's reason. */
function eventOf(target: EventTarget, type: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      target.removeEventListener(type, end);
      signal.removeEventListener("abort", end);
      if (signal.aborted) reject(signal.reason);
      else resolve();
    };
    target.addEventListener(type, end);
    signal.addEventListener("abort", end);
  });
}

/** What a worker has found out about an encoder: the form in which it tells the gateway. */
import type { Codec } from "./codecs.js";

export interface EncoderFacts {
  /** As ffmpeg names it. */
  readonly name: string;
  readonly codec: Codec;
  /** nvenc, qsv or vaapi; empty for software. */
  readonly hardware: string;
  readonly works: boolean;
  /** Why not: the first that ffmpeg says. */
  readonly failure: string;
  /** Of small frames, the start of the program included. */
  readonly framesPerSecond: number;
}

/** What the encode workers that live have announced, by their names. */
export type EncodersByWorker = ReadonlyMap<string, readonly EncoderFacts[]>;

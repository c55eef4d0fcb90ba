/** What an encode of one frame stream is to its callers, whatever makes it. */
import type { Writable } from "node:stream";
import type { OutputSpec } from "../../core/output/spec.js";
import type { RunLimits } from "./config.js";
import type { EncoderRow } from "./encoders.js";

/** Frames as they come in. Sides of I420 and NV12 that are odd have chroma planes rounded up. */
export interface FrameFormat {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly frameRateNumerator: number;
  readonly frameRateDenominator: number;
  /** Absent is I420; YUV is BT.709, limited range. */
  readonly pixelFormat?: "i420" | "nv12" | "rgba";
  /** How odd sides become even; absent is `crop`. */
  readonly oddSides?: "crop" | "pad";
}

/** An output and the encoder that makes it. */
export interface PlannedOutput {
  readonly output: OutputSpec;
  readonly encoder: EncoderRow;
}

/** One more thing that ffmpeg writes from the same frames, such as fragments to a stream. */
export interface ExtraOutput {
  /** ffmpeg's output options, one argument an entry. */
  readonly arguments: readonly string[];
  /** At most one of a run is a stream: ffmpeg's standard output. */
  readonly target: string | Writable;
}

/**
 * An output that is seen while it is made: fragments to a stream, and at the end a file of the same
 * packets.
 */
export interface LiveOutput {
  /** One of the request's outputs, an MP4. */
  readonly planned: PlannedOutput;
  readonly stream: Writable;
  /** Where the stream leaves its bytes. */
  readonly file: string;
}

export interface EncodeRequest {
  readonly format: FrameFormat;
  readonly outputs: readonly PlannedOutput[];
  /**
   * Empty folder of this run, on a file system with room for the outputs; the caller removes it.
   */
  readonly folder: string;
  /** Threads of each encoder; 0 lets it choose. */
  readonly threads: number;
  /** Of ffmpeg, and of every step after it. */
  readonly limits: RunLimits;
  /** WAV file that every container with sound takes, looped or cut to the clip. */
  readonly sound?: string;
  readonly live?: LiveOutput;
  readonly extra?: readonly ExtraOutput[];
}

/** An output as it lies on the disk. */
export interface EncodedOutput extends PlannedOutput {
  /** A file, or for archives the folder of the numbered pictures. */
  readonly path: string;
}

export interface EncoderRun {
  /** Give bytes; resolves when there is room for more. Throws ENCODER_CRASHED or STAGE_STALLED. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * No more frames; resolves when every output is whole. Throws ENCODER_CRASHED, STAGE_STALLED or
   * OUTPUT_TOO_LARGE.
   */
  finish(): Promise<readonly EncodedOutput[]>;
  /** Kill it at once; its files are worthless. */
  kill(): Promise<void>;
}

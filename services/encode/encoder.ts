/** Types of an encode: what callers of `startEncoder` pass to it and get from it. */
import type { Writable } from "node:stream";
import type { FramePacking } from "../../core/output/frame-packing.js";
import type { OutputSpec } from "../../core/output/spec.js";
import type { RunLimits } from "./config.js";
import type { EncoderRow } from "./encoders.js";

/**
 * Layout of incoming frames. If sides of I420 or NV12 are odd, the sides of the chroma planes are
 * rounded up.
 */
export interface FrameFormat {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly frameRateNumerator: number;
  readonly frameRateDenominator: number;
  /** Undefined means `i420`. YUV is BT.709 with limited range. */
  readonly pixelFormat?: "i420" | "nv12" | "rgba";
  /**
   * Whether the alpha of RGBA (straight) says what is transparent: outputs without transparency
   * show white there. Undefined: they ignore it.
   */
  readonly hasAlpha?: boolean;
  /** How the views of both eyes lie in a frame. Undefined: a frame is one picture. */
  readonly packing?: FramePacking;
  /** How odd sides become even. Undefined means `crop`. */
  readonly oddSides?: "crop" | "pad";
}

/** An output and the encoder that makes it. */
export interface PlannedOutput {
  readonly output: OutputSpec;
  readonly encoder: EncoderRow;
  /** Whether the file gets the transparency of the frames. */
  readonly keepsAlpha: boolean;
}

/**
 * An output that followers see while it is made: fragments in a stream, beside a file of the same
 * packets.
 */
export interface LiveOutput {
  /** One of the request's outputs, an MP4. */
  readonly planned: PlannedOutput;
  readonly stream: Writable;
}

export interface EncodeRequest {
  readonly format: FrameFormat;
  readonly outputs: readonly PlannedOutput[];
  /**
   * An empty folder for this run, on a file system with room for the outputs. The caller removes
   * it.
   */
  readonly folder: string;
  /** Threads of each encoder; 0 lets the encoder choose. */
  readonly threads: number;
  /** Limits of ffmpeg, and again of every step after it. */
  readonly limits: RunLimits;
  /**
   * A WAV file for every container that has sound. It is looped or cut to the length of the clip.
   */
  readonly sound?: string;
  /**
   * A Unix socket that gives the frames, and nothing else, to the first that connects: ffmpeg does.
   * Without it they are passed to `write`.
   */
  readonly socketPath?: string;
  readonly live?: LiveOutput;
  /**
   * The frames are those of one segment of a clip, whose files are joined later: its number, from
   * 0. Undefined: they are the whole clip.
   */
  readonly segment?: number;
}

/** A finished output on the disk. */
export interface EncodedOutput extends PlannedOutput {
  /** A file, or for an archive the folder of the numbered pictures. */
  readonly path: string;
  /** Present if it was made smaller than requested to keep to its `maxSizeBytes`. */
  readonly reduction?: Reduction;
}

/** What an animated picture was reduced to. `output` of its `EncodedOutput` has the details. */
export interface Reduction {
  readonly sizeBytes: number;
  /** How many files were encoded to find it. */
  readonly encodes: number;
  /** Colors of a GIF's palette. */
  readonly colors?: number;
}

export interface EncoderRun {
  /**
   * Passes bytes on; resolves when there is room for more. Throws ENCODER_CRASHED or STAGE_STALLED.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * With a socket: call it when nobody has taken a byte from it for `waitedMs`. Throws the error
   * that ended ffmpeg. Kills an ffmpeg that neither reads nor works; a later call throws
   * STAGE_STALLED.
   */
  checkReading(waitedMs: number): void;
  /** Resolves when ffmpeg has exited without an error; the outputs may be incomplete. */
  untilExit(): Promise<void>;
  /**
   * Call it after the last frame; resolves when every output is complete. `report` gets the
   * fraction of the work after the last frame that is done. Throws ENCODER_CRASHED, STAGE_STALLED
   * or OUTPUT_TOO_LARGE.
   */
  finish(report?: (fraction: number) => void): Promise<readonly EncodedOutput[]>;
  /** Kills the processes at once. The files are incomplete then. */
  kill(): Promise<void>;
}

/**
 * The types of one output file of a job (container, codec and their settings), complete and as
 * requested; and which settings a container and codec take.
 */
import {
  type Codec,
  codecRow,
  type Dither,
  type PixelFormat,
  type Speed,
  type Transparency,
} from "./codecs.js";
import { type Container, containerRow } from "./containers.js";

/**
 * `auto` uses a hardware encoder if one works, else software. `hardware` does the same, and adds a
 * note if none works.
 */
export const ACCELERATIONS = ["auto", "hardware", "software"] as const;
export type Acceleration = (typeof ACCELERATIONS)[number];

/**
 * A complete and checked output. Settings that the codec or the container does not take are absent.
 */
export interface OutputSpec {
  /** Name of the artifact: `video.mp4`, or `video-2.mp4` for the second output of a container. */
  readonly name: string;
  readonly container: Container;
  readonly codec: Codec;
  readonly pixelFormat: PixelFormat;
  /** Constant rate factor; absent if a bitrate is set instead. */
  readonly crf?: number;
  readonly bitrateKbps?: number;
  /** 0 to 100, for codecs that have no rate factor. */
  readonly quality?: number;
  readonly speed?: Speed;
  /** Most frames from one key frame to the next; absent: two seconds. */
  readonly gopFrames?: number;
  readonly dither?: Dither;
  /** How often a player shows it; 0 means forever. */
  readonly loops?: number;
  /** How many times the file holds the clip. */
  readonly repeat: number;
  /** Longest side in pixels to which the clip is scaled down; absent: the clip's. */
  readonly maxLongestSide?: number;
  /** Most frames/s, of which `reducedFormat` makes every n-th frame; absent: the clip's rate. */
  readonly maxFrameRate?: number;
  /** The file is made smaller until it fits; absent: any size. */
  readonly maxSizeBytes?: number;
  /** Absent: the codec holds none, and what is transparent becomes white. */
  readonly transparency?: Transparency;
  readonly acceleration: Acceleration;
}

/** An output as the caller requests it. Every setting may be absent. */
export interface OutputRequest {
  readonly container?: string | undefined;
  readonly codec?: string | undefined;
  readonly pixelFormat?: string | undefined;
  readonly crf?: number | undefined;
  readonly bitrateKbps?: number | undefined;
  readonly quality?: number | undefined;
  readonly speed?: string | undefined;
  readonly gopFrames?: number | undefined;
  readonly dither?: string | undefined;
  readonly loops?: number | undefined;
  readonly repeat?: number | undefined;
  readonly maxLongestSide?: number | undefined;
  readonly maxFrameRate?: number | undefined;
  readonly maxSizeBytes?: number | undefined;
  readonly transparency?: string | undefined;
  readonly acceleration?: string | undefined;
}

export type OutputSetting = Exclude<keyof OutputRequest, "container" | "codec">;

/** Whether an output of this container and codec takes a setting. */
export function takesSetting(
  setting: OutputSetting,
  { container, codec }: { readonly container: Container; readonly codec: Codec },
): boolean {
  const holder = containerRow(container);
  const row = codecRow(codec);
  switch (setting) {
    case "pixelFormat":
      return true;
    case "crf":
      return row.crf !== undefined;
    case "bitrateKbps":
      return row.bitrate;
    case "quality":
      return row.quality !== undefined;
    case "speed":
      return row.speed;
    case "gopFrames":
      return row.gop;
    case "dither":
      return row.dither;
    // Animated pictures: the files that web pages load whole.
    case "loops":
    case "maxLongestSide":
    case "maxFrameRate":
    case "maxSizeBytes":
      return holder.loops;
    case "transparency":
      return row.alpha !== undefined;
    case "repeat":
      return holder.repeat;
    // Hardware encodes only video codecs, whose frames depend on one another.
    case "acceleration":
      return row.gop;
  }
}

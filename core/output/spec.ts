/** One video file of a job, complete and checked. */
import { type Codec, codecRow, type Dither, type PixelFormat, type Speed } from "./codecs.js";
import { type Container, containerRow } from "./containers.js";

/** `auto` takes a hardware encoder where one works and else software; `hardware` the same, with a note where none does. */
export const ACCELERATIONS = ["auto", "hardware", "software"] as const;
export type Acceleration = (typeof ACCELERATIONS)[number];

/** What is absent does not apply to the codec or the container. */
export interface OutputSpec {
  /** Of its artifact: `video.mp4`, the second of a container `video-2.mp4`. */
  readonly name: string;
  readonly container: Container;
  readonly codec: Codec;
  readonly pixelFormat: PixelFormat;
  /** Constant rate factor; absent where a bitrate takes its place. */
  readonly crf?: number;
  readonly bitrateKbps?: number;
  /** 0 to 100, of codecs that have no rate factor. */
  readonly quality?: number;
  readonly speed?: Speed;
  /** Frames from one key frame to the next, at most; absent: two seconds. */
  readonly gopFrames?: number;
  readonly dither?: Dither;
  /** How often a player shows it; 0 is for ever. */
  readonly loops?: number;
  /** How often the clip stands in the file. */
  readonly repeat: number;
  readonly acceleration: Acceleration;
}

/** What a caller says of an output: everything may be absent. */
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
    case "loops":
      return holder.loops;
    case "repeat":
      return holder.repeat;
    // Hardware knows video codecs only, those whose frames depend on one another.
    case "acceleration":
      return row.gop;
  }
}

/** Which settings of an output its container and its codec take. */
import { type Codec, codecRow } from "./codecs.js";
import { type Container, containerRow } from "./containers.js";
import type { OutputRequest } from "./spec.js";

export type OutputSetting = Exclude<keyof OutputRequest, "container" | "codec">;

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

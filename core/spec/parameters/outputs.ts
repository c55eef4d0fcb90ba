/**
 * Parameters of each output. The tables in core/output define which of them a codec and a container
 * take.
 */
import {
  CODEC_NAMES,
  DITHERS,
  PIXEL_FORMATS,
  SPEEDS,
  TRANSPARENCIES,
} from "../../output/codecs.js";
import { CONTAINER_NAMES } from "../../output/containers.js";
import { ACCELERATIONS } from "../../output/spec.js";
import { choice, fixedNumber, named } from "./row.js";

export const OUTPUT_PARAMETERS = named({
  "outputs.container": choice(
    CONTAINER_NAMES,
    undefined,
    "file format; if absent, the codec decides, and without a codec it is mp4",
  ),
  "outputs.codec": choice(
    CODEC_NAMES,
    undefined,
    "video codec; if absent, the first codec of the container",
  ),
  "outputs.crf": fixedNumber({
    range: [0, 63],
    meaning:
      "constant rate factor; lower means better quality and a larger file; if absent, the default of the codec",
  }),
  "outputs.bitrate_kbps": fixedNumber({
    range: [50, 500_000],
    step: 1,
    unit: "kbit/s",
    meaning: "mean bitrate; replaces the constant rate factor",
  }),
  "outputs.quality": fixedNumber({
    range: [0, 100],
    meaning:
      "quality of animated WebP; higher means better quality and a larger file; if absent, 90",
  }),
  "outputs.speed": choice(SPEEDS, "fast", "encoding speed; a slower encoder makes a smaller file"),
  "outputs.pixel_format": choice(
    PIXEL_FORMATS,
    undefined,
    "pixel format of the file, by its name in ffmpeg; if absent, the first of the codec",
  ),
  "outputs.gop_frames": fixedNumber({
    range: [1, 1200],
    step: 1,
    unit: "frames",
    meaning:
      "most frames from one key frame to the next; if absent, half a second in the first MP4 output and two seconds in all others",
  }),
  "outputs.dither": choice(
    DITHERS,
    "sierra2-4a",
    "how the colors are mapped to the palette of a GIF",
  ),
  "outputs.loops": fixedNumber({
    range: [0, 65_535],
    defaultValue: 0,
    step: 1,
    unit: "times",
    meaning: "how often a player shows an animated picture; 0 means forever",
  }),
  "outputs.repeat": fixedNumber({
    range: [1, 100],
    defaultValue: 1,
    step: 1,
    unit: "times",
    meaning: "how many times the file contains the clip; it is encoded once and copied",
  }),
  "outputs.max_longest_side": fixedNumber({
    range: [64, 4096],
    step: 2,
    unit: "pixels",
    meaning:
      "longest side of an animated picture; a larger clip is scaled down; if absent, 640 for GIF and WebP when the clip's size is not set",
  }),
  "outputs.max_frame_rate": fixedNumber({
    range: [1, 120],
    unit: "frames/s",
    meaning:
      "most frames per second of an animated picture, which shows every n-th frame of the clip; if absent, 15 for GIF when the clip's frame rate is not set",
  }),
  "outputs.max_size_bytes": fixedNumber({
    range: [1_000, 4_000_000_000],
    step: 1,
    unit: "bytes",
    meaning:
      "largest size of an animated picture; quality, size and frame rate are lowered until the file fits",
  }),
  "outputs.transparency": choice(
    TRANSPARENCIES,
    "auto",
    "auto keeps the photo's transparency in WebP, APNG, PNG and ProRes; keep does so in VP9 and GIF too, and makes what lies beyond the photo's edges transparent too; flatten shows white there",
  ),
  "outputs.acceleration": choice(
    ACCELERATIONS,
    "auto",
    "auto uses a hardware encoder if one works; hardware does the same and adds a note if none works; software uses none",
  ),
});

/** What a caller may set of each output. Which of it a codec and a container take is in core/output. */
import { CODEC_NAMES, DITHERS, PIXEL_FORMATS, SPEEDS } from "../../output/codecs.js";
import { CONTAINER_NAMES } from "../../output/containers.js";
import { ACCELERATIONS } from "../../output/spec.js";
import { choice, fixedNumber, named } from "./row.js";

export const OUTPUT_PARAMETERS = named({
  "outputs.container": choice(
    CONTAINER_NAMES,
    undefined,
    "file format; absent: by the codec, and mp4 where nothing is said",
  ),
  "outputs.codec": choice(CODEC_NAMES, undefined, "video codec; absent: the container's first"),
  "outputs.crf": fixedNumber({
    range: [0, 63],
    meaning: "constant rate factor; lower is better and larger; absent: the codec's default",
  }),
  "outputs.bitrate_kbps": fixedNumber({
    range: [50, 500_000],
    step: 1,
    unit: "kbit/s",
    meaning: "mean bitrate in place of the constant rate factor",
  }),
  "outputs.quality": fixedNumber({
    range: [0, 100],
    meaning: "quality of animated WebP; higher is better and larger; absent: 90",
  }),
  "outputs.speed": choice(SPEEDS, "fast", "how long the encoder may look for a smaller file"),
  "outputs.pixel_format": choice(
    PIXEL_FORMATS,
    undefined,
    "samples in the file, as ffmpeg names them; absent: the codec's first",
  ),
  "outputs.gop_frames": fixedNumber({
    range: [1, 1200],
    step: 1,
    unit: "frames",
    meaning:
      "most frames from one key frame to the next; absent: half a second of them in the first MP4, two seconds in the others",
  }),
  "outputs.dither": choice(DITHERS, "sierra2-4a", "how a GIF's colors are brought to its palette"),
  "outputs.loops": fixedNumber({
    range: [0, 65_535],
    defaultValue: 0,
    step: 1,
    unit: "times",
    meaning: "how often a player shows an animated picture; 0 is for ever",
  }),
  "outputs.repeat": fixedNumber({
    range: [1, 100],
    defaultValue: 1,
    step: 1,
    unit: "times",
    meaning: "how often the clip stands in the file; it is encoded once and copied",
  }),
  "outputs.acceleration": choice(
    ACCELERATIONS,
    "auto",
    "auto: a hardware encoder where one works; hardware: the same, with a note where none does; software: none",
  ),
});

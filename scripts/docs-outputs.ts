/** docs/outputs.md: containers and codecs, from the tables that requests are checked against. */

import { CODEC_NAMES, type CodecRow, codecRow } from "../core/output/codecs.js";
import { CONTAINER_NAMES, containerRow } from "../core/output/containers.js";
import { SOUND_FORMATS } from "../core/sound/format.js";
import { MAX_OUTPUTS } from "../core/spec/resolve-outputs.js";
import { ENCODERS } from "../services/encode/encoders.js";
import { NOTICE, table } from "./docs-table.js";

export function outputsPage(): string {
  return [
    "# Outputs of a job",
    NOTICE,
    `A job makes up to ${MAX_OUTPUTS} outputs from one render: the frames are drawn and sent once, and one ffmpeg process passes` +
      " each frame to all encoders. Every output is a separate artifact; its size, SHA-256, length, codec and pixel format are" +
      " measured in the file. The artifact of the first MP4 is `video.mp4`, that of the second `video-2.mp4`, and likewise for" +
      " every container. On the command line, the extension chooses the container, and `-o` may be repeated.",
    "## Containers",
    "The first codec is the default. A setting that the container or the codec does not take is refused with PARAMETER_CONFLICT.",
    table(
      ["container", "extension", "media type", "codecs", "sound", "takes"],
      CONTAINER_NAMES.map(containerLine),
    ),
    "## Codecs",
    "The first pixel format is the default. YUV files have BT.709 colors in limited range and are tagged with it; RGB files have" +
      " full range. `outputs.speed` chooses between a fast encode and a small file.",
    table(
      ["codec", "name", "rate", "pixel formats", "takes", "encoders, the preferred first"],
      CODEC_NAMES.map(codecLine),
    ),
    "When an encode worker starts, it encodes a few frames with each of these encoders to find which of them work. `depthmesh" +
      " encoders` and `CatalogService.ListEncoders` show the result. A job for a codec that no worker has is refused with" +
      " CODEC_UNAVAILABLE. `outputs.acceleration` decides whether hardware may be used; after one failure the job is encoded in" +
      " software, with a note.",
    "## Animated pictures",
    "The delays of a GIF are in hundredths of a second. Each frame begins at its own time rounded to them, so at 30 frames/s" +
      " delays of 3 and 4 alternate, and the whole GIF lasts as long as the clip. Rates above 50 frames/s are refused, because" +
      " browsers replace delays below 2 by 10. The palette is computed over the whole clip in a first pass. WebP merges equal" +
      " frames into one that is shown longer, with times in milliseconds; the times of APNG are exact.",
    "## Archives",
    "The files in an archive are `00001.png`, `00002.png` and so on. A zip holds at most 4 GiB.",
    "## Repeats",
    "The clip is encoded once, and `outputs.repeat` copies its packets. A sound continues through all repeats.",
    "## Sound",
    `A sound follows the photo and your own depth map in \`CreateJob\` (\`has_sound\`, then \`sound_chunk\`): ${SOUND_FORMATS.join(", ")}. Its` +
      " structure is checked before anything is stored. Only the decoder of its format decodes it, once; it is mixed to stereo at" +
      " 48 kHz, and cut or looped to the length of each output.",
  ].join("\n\n");
}

function containerLine(name: (typeof CONTAINER_NAMES)[number]): string[] {
  const { title, extension, mediaType, codecs, sound = "", loops, repeat } = containerRow(name);
  const takes = [...(loops ? ["loops"] : []), ...(repeat ? ["repeat"] : [])];
  return [
    `\`${name}\` (${title})`,
    `\`${extension}\``,
    mediaType,
    codecs.map((codec) => `\`${codec}\``).join(", "),
    sound,
    takes.join(", "),
  ];
}

function codecLine(name: (typeof CODEC_NAMES)[number]): string[] {
  const row = codecRow(name);
  const takes = [
    ...(row.speed ? ["speed"] : []),
    ...(row.gop ? ["gop_frames", "acceleration"] : []),
    ...(row.dither ? ["dither"] : []),
  ];
  const encoders = ENCODERS.filter(({ codec }) => codec === name);
  return [
    `\`${name}\``,
    row.title,
    rateText(row),
    row.pixelFormats.join(", "),
    takes.join(", "),
    encoders.map((encoder) => encoder.name).join(", "),
  ];
}

function rateText({ crf, quality, bitrate, lossless }: CodecRow): string {
  if (crf) {
    return `crf 0 to ${crf.maximum}, default ${crf.defaultValue}${bitrate ? "; or bitrate_kbps" : ""}`;
  }
  if (quality) return `quality 0 to 100, default ${quality.defaultValue}`;
  return lossless ? "lossless" : "";
}

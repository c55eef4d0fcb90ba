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
    `A job makes up to ${MAX_OUTPUTS} outputs of one render: the frames are drawn and sent once, one ffmpeg gives each of them to all` +
      " encoders, and every output is an artifact of its own with its size, SHA-256, length, codec and pixel format as they were" +
      " measured in the file. The artifact of the first MP4 is `video.mp4`, of the second `video-2.mp4`, and so for each container." +
      " On the command line the extension chooses the container, and `-o` may be repeated.",
    "## Containers",
    "The first codec is the default. What a container or a codec does not take is refused with PARAMETER_CONFLICT.",
    table(
      ["container", "extension", "media type", "codecs", "sound", "takes"],
      CONTAINER_NAMES.map(containerLine),
    ),
    "## Codecs",
    "The first pixel format is the default. Colors are BT.709, limited range, and tagged so, where the file has YUV; RGB is full" +
      " range. `outputs.speed` chooses between a quick encode and a small file.",
    table(
      ["codec", "name", "rate", "pixel formats", "takes", "encoders, the preferred first"],
      CODEC_NAMES.map(codecLine),
    ),
    "Which of these encoders work is tried when an encode worker starts, by a real encode of a few frames: `depthmesh encoders` and" +
      " `CatalogService.ListEncoders` give the result. A job for a codec that no worker has is refused with CODEC_UNAVAILABLE." +
      " `outputs.acceleration` says whether hardware may be taken; a job that fails once is made in software, with a note.",
    "## Animated pictures",
    "The delays of a GIF are hundredths of a second: each frame begins at its time rounded to them, so that at 30 frames/s delays of" +
      " 3 and 4 take turns and the whole lasts as long as the clip. Above 50 frames/s it is refused, because browsers take delays" +
      " below 2 for 10. Its palette is counted over the whole clip in a first pass. WebP shows equal frames as one that stays" +
      " longer, in milliseconds; APNG is exact.",
    "## Archives",
    "The pictures are `00001.png` and so on. A zip holds 4 GiB.",
    "## Repeats",
    "`outputs.repeat` copies the packets of the clip that was encoded once; a sound runs through all of them.",
    "## Sound",
    `A sound comes after the photo and an own depth map in \`CreateJob\` (\`has_sound\`, then \`sound_chunk\`): ${SOUND_FORMATS.join(", ")}. Its structure is` +
      " checked while nothing is stored. It is decoded once by the decoder of its format alone, mixed to stereo at 48 kHz, and cut or" +
      " looped to the length of each output.",
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

/** docs/outputs.md: containers and codecs, from the tables that requests are checked against. */

import { CODEC_NAMES, type CodecRow, codecRow } from "../core/output/codecs.js";
import { CONTAINER_NAMES, containerRow } from "../core/output/containers.js";
import { LARGE_BYTES } from "../core/output/expected-size.js";
import { SOUND_FORMATS } from "../core/sound/format.js";
import { DEPTH_ARTIFACT, TAKEAWAY_FILES } from "../core/spec/artifact-names.js";
import { MAX_OUTPUTS } from "../core/spec/resolve-outputs.js";
import { ARTIFACT_KINDS, type ArtifactKind } from "../core/spec/spec.js";
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
    "A web page loads an animated picture whole, so that it is smaller than a video by default: where the request sets no size," +
      ` the longest side of ${webSides()} pixels; where it sets no frame rate, ${webRates()} frames/s. A job that makes nothing else` +
      " draws its clip like this. Beside a video the clip keeps its own size and rate, and `outputs.max_longest_side` and" +
      " `outputs.max_frame_rate` of the picture apply to it alone: it is scaled down, and shows every n-th frame of the clip, from" +
      " the first on, with the smallest n that keeps to the rate. So all its frames are evenly spaced: at 24 frames/s and a limit" +
      " of 15 it has 12.",
    `A picture that will probably have more than ${LARGE_BYTES / 1e6} MB gets the note OUTPUT_LARGE with its expected size while it is made.` +
      " `outputs.max_size_bytes` (`--max-size 5MB`) is a limit. The frames are stored once, losslessly, in the work folder of the" +
      " encoder. The picture is encoded as requested, and if that is too large, along a fixed list of steps, each smaller than the" +
      " one before: 7 % less of each side, 5 less of WebP's quality down to 40, 128, 64 and then 32 colors of a GIF, and from the" +
      " eighth step on half the frames. The search halves the list, so that a picture is encoded at most seven times, and equal" +
      " requests choose the same step. The note OUTPUT_REDUCED says which size, rate, quality and colors it is. A job whose picture" +
      " does not fit at 64 pixels fails with OUTPUT_TOO_LARGE, the limit and the smallest size.",
    "## Transparency",
    "`outputs.transparency` says what happens to the transparent parts of a photo:",
    table(
      ["value", "WebP, APNG, PNG, ProRes", "VP9", "GIF", "all others"],
      [
        ["`auto`", "kept, if the photo has any", "white", "white", "white"],
        [
          "`keep`",
          "kept; beyond the photo's edges too",
          "as left",
          "as left, each pixel is transparent or not",
          "refused",
        ],
        ["`flatten`", "white", "white", "white", "refused"],
      ],
    ),
    "An output that keeps transparency has the pixel format `rgba`, or `yuva444p10le` in ProRes and `yuva420p` in VP9; a pixel format that the request" +
      " sets to another one means `flatten`. Alpha is straight in every file. Depth is estimated over white. If an output of a job" +
      " keeps transparency, all its frames are drawn with alpha: the photo moves with its alpha, depth of field and the lens blur it" +
      " like color, and what lies beyond the photo's edges (`camera.mirror` false) and the bars of `clip.fit` pad are transparent;" +
      " the outputs of that job without transparency show white there. In a job without such an output these areas are black. A" +
      " poster in PNG or WebP keeps transparency if an output of its job does, or by `stills.poster_transparency`; strips and the" +
      " pictures of `RenderStill` show white. In `EncodeFrames` alpha counts only with `keep`, or with a pixel format that has it.",
    "## Cut-outs",
    "`clip.background` none leaves only the foreground of a photo, and everything else is transparent: WebM (VP9), ProRes 4444, WebP," +
      " APNG, PNG and GIF keep that unless `outputs.transparency` is flatten, all others show white, and so does a poster in JPEG. The" +
      " foreground begins at `clip.cutout_disparity`, 1 being nearest; a surface that runs through it, such as a floor, fades over 0.04" +
      " of disparity below. If it is absent, the depth map decides: the disparity that sets the two groups of texels furthest apart" +
      " (Otsu), weighted by how steep the map is along the line and by how close the texels are to the center. The note CUTOUT_CHOSEN" +
      " says which it is. What a near thing uncovers is part of the cut-out only if it is foreground too. In WebM, players read alpha" +
      " from a second stream; Safari shows black there, and takes ProRes or APNG.",
    "## Artifacts besides the videos",
    "`artifacts` of a job lists files that it makes besides its outputs, or instead of them. They can be read while the video is" +
      " still made. A job that asks for nothing that shows the clip does not draw it.",
    table(
      ["artifact", "option", "file", "what it is"],
      ARTIFACT_KINDS.map((kind) => [`\`${kind}\``, `\`--${kind}\``, ...ARTIFACTS[kind]]),
    ),
    "### Normals",
    "The surface is that of the camera: the photo's point (x, y) lies at z = h·d towards the viewer, with the disparity d and the" +
      " largest `camera.height` h of the clip; x to the right, y upwards, the screen's height is 2 ([camera.md](camera.md)). A" +
      " component n is stored as 65535·(n + 1)/2: red to the right, green upwards, blue to the viewer, so that a wall that faces the" +
      " viewer is (32768, 32768, 65535). The file has 16 bits because a height of 0.2 is shallow, and most slopes would be a few" +
      " levels of 8 bits; a larger `camera.height` makes them stronger. At a silhouette each side has the slope of its own surface.",
    "### Layers",
    "`layers.zip` has the two sheets that the scene is drawn from: `front.png`, the photo's surface, whose silhouettes end softly and" +
      " whose colors there are free of the background; and `back.png`, what lies behind it as far as a camera looks around, and" +
      " transparent everywhere else. Both have straight alpha and the size of the photo in this job, which follows from the size of the" +
      " clip. Front over back is the photo. `front-disparity.png` and `back-disparity.png` say how near each sheet is (16-bit gray," +
      " white is near, in the map's size), so that each can be displaced by itself. `layers.json` has the sizes, and a camera with the" +
      " distances of black and white. A silhouette is cut where the map has a step: a soft map, or one that was smoothed, has few.",
    "### Scene",
    "`scene.glb` is binary glTF 2.0 for Blender, three.js and other 3D programs: the opaque part of the front (`front`), what is" +
      " behind it (`back`) and the soft edge of the front (`rim`, blended), each with its texture and without light" +
      " (KHR_materials_unlit). The camera `photographer` at the origin sees the photo as it was shot, with a lens of 35 mm before 36 mm" +
      " of film along the longer side. Disparity 0 is 5 units away, disparity 1 is (1 − h)·5, with the largest `camera.height` h of the" +
      " clip, and in between the inverse of the distance is linear, so that what is plane in the map is plane in the scene; the unit" +
      " stands for a meter, but no photo tells its scale. Camera moves of the renderer are moves here. A scene has at most about" +
      " 400 000 triangles; one that needs more gets larger ones. The file is checked with Khronos' validator: no error and no warning.",
    "### Viewer",
    "`viewer.zip` has one page, `viewer/index.html`, that opens from a disk or a server without a network (its policy allows none):" +
      " both sheets in WebGL 2, moved by the pointer, a finger or the tilt of a phone (after a tap where the browser asks for it), and" +
      " gently by itself when nobody does. With `prefers-reduced-motion` it rests; without WebGL it shows the photo. Its textures have" +
      " at most 1600 pixels, its meshes about 120 000 triangles: 2 to 4 MB.",
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

/** File and meaning of each artifact. */
const ARTIFACTS: Readonly<Record<ArtifactKind, readonly [file: string, meaning: string]>> = {
  depth: [`\`${DEPTH_ARTIFACT}\``, "the disparity map, 16-bit gray, white is near"],
  poster: ["`poster.png`, `.jpg` or `.webp`", "one still of the clip"],
  strip: ["`strip.png`", "several stills of the clip side by side"],
  normals: [`\`${TAKEAWAY_FILES.normals.name}\``, "the surface's normals, in the map's size"],
  layers: [
    `\`${TAKEAWAY_FILES.layers.name}\``,
    "the near and the hidden parts, as PNG files with alpha",
  ],
  scene: [`\`${TAKEAWAY_FILES.scene.name}\``, "the scene for 3D programs, as binary glTF 2.0"],
  viewer: [`\`${TAKEAWAY_FILES.viewer.name}\``, "a page for a browser that moves with the pointer"],
};

/** `GIF and WebP is at most 640`: the containers with each default size. */
function webSides(): string {
  const rows = CONTAINER_NAMES.map(containerRow).filter(({ web }) => web !== undefined);
  const sides = new Set(rows.map(({ web }) => web?.longestSidePixels));
  return `${rows.map(({ title }) => title).join(" and ")} is at most ${[...sides].join(" or ")}`;
}

/** `GIF has 15`. */
function webRates(): string {
  return CONTAINER_NAMES.map(containerRow)
    .flatMap(({ title, web }) =>
      web?.frameRate === undefined ? [] : [`${title} has ${web.frameRate}`],
    )
    .join(", ");
}

function containerLine(name: (typeof CONTAINER_NAMES)[number]): string[] {
  const { title, extension, mediaType, codecs, sound = "", loops, repeat } = containerRow(name);
  const limits = ["max_longest_side", "max_frame_rate", "max_size_bytes"];
  const takes = [...(loops ? ["loops", ...limits] : []), ...(repeat ? ["repeat"] : [])];
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
    ...(row.alpha ? ["transparency"] : []),
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

/**
 * ffmpeg's encoders that this service knows, the preferred ones of each codec first. Each row
 * contains everything that is specific to one encoder. A new encoder is one more row.
 */
import type { Codec, PixelFormat, Speed } from "../../core/output/codecs.js";
import type { FramePacking } from "../../core/output/frame-packing.js";
import type { OutputSpec } from "../../core/output/spec.js";
import { usableProcessors } from "../../kit/process/processors.js";

export type Hardware = "nvenc" | "qsv" | "vaapi";

export interface EncoderRow {
  /** ffmpeg's name of the encoder. */
  readonly name: string;
  readonly codec: Codec;
  /** Undefined for software. */
  readonly hardware?: Hardware;
  /** The pixel formats that it accepts. Undefined: all of its codec. */
  readonly pixelFormats?: readonly PixelFormat[];
  /** The encoder refuses pictures with a shorter side. */
  readonly minSidePixels?: number;
  /** The layout of RGB with alpha that it accepts. Undefined: `rgba`. */
  readonly rgbaLayout?: "bgra";
  /** Matrix of YUV in its files. Undefined: BT.709, with color tags that say so. */
  readonly untaggedMatrix?: "bt601";
  /**
   * The last filters in front of the encoder. Undefined: a conversion to the output's pixel format.
   */
  readonly inputFilters?: readonly string[];
  /**
   * ffmpeg's options for rate and effort, from numbers and from the words of this table only.
   * `threads` 0 lets the encoder choose. `isLive` asks for frames that come out soon after they
   * went in, where the output's speed does not ask for effort.
   */
  options?(output: OutputSpec, threads: number, isLive: boolean): readonly string[];
  /**
   * Options with which key frames that are asked for by `-force_key_frames` can begin a fragment.
   * Undefined: the encoder ignores such frames, they cost it too much, or nobody has tried it.
   */
  readonly forcedKeyFrames?: readonly string[];
  /** ffmpeg's options that write into the stream how the views of both eyes lie in a frame. */
  packingOptions?(packing: FramePacking): readonly string[];
}

type BySpeed = Readonly<Record<Speed, string>>;

const X26X_PRESETS = { fastest: "ultrafast", fast: "veryfast", medium: "medium", slow: "slow" };
const SVT_PRESETS = { fastest: "12", fast: "10", medium: "8", slow: "5" };
const AOM_CPU_USED = { fastest: "8", fast: "7", medium: "5", slow: "3" };
const VPX_CPU_USED = { fastest: "8", fast: "5", medium: "3", slow: "1" };
const NVENC_PRESETS = { fastest: "p1", fast: "p3", medium: "p5", slow: "p7" };
const QSV_PRESETS = { fastest: "veryfast", fast: "faster", medium: "medium", slow: "veryslow" };
const WEBP_LEVELS = { fastest: "0", fast: "2", medium: "4", slow: "6" };
const PNG_LEVELS = { fastest: "1", fast: "3", medium: "6", slow: "9" };

const HARDWARE: Readonly<Record<Hardware, Pick<EncoderRow, "inputFilters" | "options">>> = {
  nvenc: {
    options: (output) => [
      ...["-preset", bySpeed(output, NVENC_PRESETS), "-rc", "vbr"],
      // The constant quality goes up to 51. Its value 0 means "automatic".
      ...rate(output, "-cq", (crf) =>
        Math.max(1, output.codec === "av1" ? Math.round((crf * 51) / 63) : crf),
      ),
      ...unboundedRate(output),
    ],
  },
  qsv: {
    inputFilters: ["format=nv12"],
    options: (output) => [
      ...["-preset", bySpeed(output, QSV_PRESETS)],
      ...rate(output, "-global_quality"),
    ],
  },
  vaapi: {
    inputFilters: ["format=nv12", "hwupload"],
    options: (output) =>
      output.codec === "av1"
        ? // The quantizer index of AV1 goes up to 255, the rate factor of the output up to 63.
          rate(output, "-global_quality", (crf) => Math.round((crf * 255) / 63))
        : [...rate(output, "-qp"), ...(output.crf === undefined ? [] : ["-rc_mode", "CQP"])],
  },
};

function hardwareRows(codec: Codec, prefix: string): EncoderRow[] {
  return (["nvenc", "qsv", "vaapi"] as const).map((hardware) => ({
    name: `${prefix}_${hardware}`,
    codec,
    hardware,
    pixelFormats: ["yuv420p"],
    // The limit of NVENC. Those of the others are lower.
    minSidePixels: 160,
    ...HARDWARE[hardware],
  }));
}

const pngOptions = (output: OutputSpec) => [
  ...["-compression_level", bySpeed(output, PNG_LEVELS), "-pred", "mixed"],
];

export const ENCODERS: readonly EncoderRow[] = [
  ...hardwareRows("h264", "h264"),
  {
    name: "libx264",
    codec: "h264",
    options: (output, threads, isLive) => [
      ...["-preset", bySpeed(output, X26X_PRESETS)],
      ...(isLive && isQuick(output) ? soonX264(output, threads) : []),
      ...rate(output, "-crf"),
    ],
    forcedKeyFrames: [],
    packingOptions: ({ h264Type }) =>
      h264Type === undefined ? [] : ["-x264-params", `frame-packing=${h264Type}`],
  },
  ...hardwareRows("h265", "hevc"),
  {
    name: "libx265",
    codec: "h265",
    options: (output, threads) => [
      ...["-preset", bySpeed(output, X26X_PRESETS)],
      ...["-x265-params", `log-level=error${threads === 0 ? "" : `:pools=${threads}`}`],
      ...rate(output, "-crf"),
    ],
  },
  ...hardwareRows("av1", "av1"),
  {
    name: "libsvtav1",
    codec: "av1",
    minSidePixels: 64,
    options: (output, _threads, isLive) => [
      ...["-preset", bySpeed(output, SVT_PRESETS)],
      // Frames come out in groups of 2 to the power of its levels.
      ...(isLive && isQuick(output)
        ? ["-svtav1-params", `hierarchical-levels=3:lookahead=${LIVE_LOOKAHEAD_FRAMES}`]
        : []),
      // ffmpeg ignores a rate factor of 0 here.
      ...rate(output, "-crf", (crf) => Math.max(1, Math.round(crf))),
    ],
  },
  {
    name: "libaom-av1",
    codec: "av1",
    options: (output) => [
      ...["-cpu-used", bySpeed(output, AOM_CPU_USED), "-row-mt", "1"],
      ...rate(output, "-crf"),
    ],
  },
  {
    name: "libvpx-vp9",
    codec: "vp9",
    options: (output) => [
      // Beyond cpu-used 5, only the real-time mode is faster.
      ...["-deadline", output.speed === "fastest" ? "realtime" : "good"],
      ...["-cpu-used", bySpeed(output, VPX_CPU_USED), "-row-mt", "1"],
      // libvpx refuses hidden frames beside alpha.
      ...(output.pixelFormat === "yuva420p" ? ["-auto-alt-ref", "0"] : []),
      ...rate(output, "-crf"),
      ...unboundedRate(output),
    ],
  },
  {
    name: "prores_ks",
    codec: "prores",
    options: ({ pixelFormat }) =>
      pixelFormat === "yuva444p10le"
        ? ["-profile:v", "4444", "-alpha_bits", "16", "-vendor", "apl0"]
        : ["-profile:v", "hq", "-vendor", "apl0"],
  },
  {
    name: "ffv1",
    codec: "ffv1",
    options: () => ["-level", "3", "-g", "1", "-slices", "4", "-slicecrc", "1"],
  },
  { name: "gif", codec: "gif" },
  {
    name: "libwebp_anim",
    codec: "webp",
    // libwebp converts it itself, and leaves out what transparent pixels contain.
    rgbaLayout: "bgra",
    untaggedMatrix: "bt601",
    options: (output) => [
      ...["-quality", String(output.quality)],
      ...["-compression_level", bySpeed(output, WEBP_LEVELS)],
    ],
  },
  { name: "apng", codec: "apng", options: pngOptions },
  { name: "png", codec: "png", options: pngOptions },
];

function bySpeed({ speed = "fast" }: OutputSpec, words: BySpeed): string {
  return words[speed];
}

/** Frames that an encoder of a live output sees before it decides about one. */
const LIVE_LOOKAHEAD_FRAMES = 5;
/** Each slice predicts nothing from the others, which costs bytes: 0.2 to 1.4 % for two. */
const MAX_LIVE_SLICES = 4;

/** Whether the output does not ask for more effort than usual, which looking ahead is part of. */
const isQuick = ({ speed = "fast" }: OutputSpec) => speed === "fast" || speed === "fastest";

/**
 * Threads that share a frame, because threads that have a frame each hold one back each.
 * `fastest` looks at no frame ahead, and is not told to.
 */
function soonX264({ speed = "fast" }: OutputSpec, threads: number): readonly string[] {
  const slices = Math.min(threads || usableProcessors(), MAX_LIVE_SLICES);
  const lookahead = speed === "fast" ? ["-rc-lookahead", String(LIVE_LOOKAHEAD_FRAMES)] : [];
  // ffmpeg uses the last `-threads`.
  return [...lookahead, "-thread_type", "slice", "-threads", String(slices)];
}

/**
 * A bitrate, with peaks of 1.5 times as much over one second, or the constant quality as the
 * encoder's `option`. `scale` converts the rate factor of the output's codec to the encoder's own
 * scale.
 */
function rate(
  { crf, bitrateKbps }: OutputSpec,
  option: string,
  scale = (factor: number) => factor,
): string[] {
  if (bitrateKbps !== undefined) {
    const peak = Math.round(1.5 * bitrateKbps);
    return ["-b:v", `${bitrateKbps}k`, "-maxrate", `${peak}k`, "-bufsize", `${peak}k`];
  }
  return crf === undefined ? [] : [option, String(scale(crf))];
}

/** Without a bitrate of 0, the encoder's default bitrate would bound its constant quality. */
function unboundedRate({ crf }: OutputSpec): string[] {
  return crf === undefined ? [] : ["-b:v", "0"];
}

/** ffmpeg's arguments for frames in and files out, from typed values only. */
import { containerRow, type SoundCodec } from "../../core/output/containers.js";
import type { OutputSpec } from "../../core/output/spec.js";
import type { FrameFormat, PlannedOutput } from "./encoder.js";
import { encoderOptions } from "./encoder-options.js";
import { filterChain, isRgb, RAW_FORMATS } from "./filters.js";

/**
 * BT.709, limited range: what the renderer writes. Given to the input too, or the encoder would not
 * believe it.
 */
const COLOR_OPTIONS = [
  ...["-color_primaries", "bt709", "-color_trc", "bt709"],
  ...["-colorspace", "bt709", "-color_range", "tv"],
];

const GOP_SECONDS = 2;
const VAAPI_DEVICE = "/dev/dri/renderD128";

export const rateOf = (format: FrameFormat) =>
  `${format.frameRateNumerator}/${format.frameRateDenominator}`;

/** Seconds from the first frame to the end of the last. */
export function clipSeconds({ frames, frameRateNumerator, frameRateDenominator }: FrameFormat) {
  return (frames * frameRateDenominator) / frameRateNumerator;
}

/** Of raw frames by standard input. */
export function rawInput(format: FrameFormat): string[] {
  const { width, height, pixelFormat = "i420" } = format;
  const raw = ["-f", "rawvideo", "-pix_fmt", RAW_FORMATS[pixelFormat], "-s", `${width}x${height}`];
  const color = pixelFormat === "rgba" ? [] : COLOR_OPTIONS;
  return [...raw, "-r", rateOf(format), ...color];
}

/** Before the input: the devices of hardware encoders. */
export function deviceOptions(planned: readonly PlannedOutput[]): string[] {
  const uses = (hardware: string) => planned.some(({ encoder }) => encoder.hardware === hardware);
  if (!uses("vaapi")) return [];
  return ["-init_hw_device", `vaapi=va:${VAAPI_DEVICE}`, "-filter_hw_device", "va"];
}

/** Everything of one video but its file. */
export function videoArguments(
  planned: PlannedOutput,
  format: FrameFormat,
  threads: number,
): string[] {
  const { output } = planned;
  return [
    ...["-map", "0:v:0", "-vf", filterChain(format, planned)],
    ...encoderOptions(planned, threads),
    ...gopOptions(planned, format),
    // No limit of frames: older ffmpeg would end a file's sound with its last one.
    ...["-fps_mode", "cfr", "-r", rateOf(format)],
    ...colorOptions(output),
    ...["-map_metadata", "-1"],
  ];
}

function gopOptions({ output, encoder }: PlannedOutput, format: FrameFormat): string[] {
  if (output.gopFrames === undefined && output.speed === undefined) return [];
  if (encoder.codec === "webp" || encoder.codec === "png" || encoder.codec === "apng") return [];
  const { frameRateNumerator, frameRateDenominator } = format;
  const defaultValue = Math.round((GOP_SECONDS * frameRateNumerator) / frameRateDenominator);
  return ["-g", String(output.gopFrames ?? Math.max(1, defaultValue))];
}

function colorOptions({ pixelFormat, codec }: OutputSpec): string[] {
  if (isRgb(pixelFormat) || codec === "webp") return [];
  const center = pixelFormat.startsWith("yuv420p") ? ["-chroma_sample_location", "center"] : [];
  return [...COLOR_OPTIONS, ...center];
}

/** Sound of input 1, cut to `seconds`; nothing where the container holds none. */
export function soundArguments({ container }: OutputSpec, seconds: number): string[] {
  const { sound } = containerRow(container);
  if (!sound) return [];
  return ["-map", "1:a:0", ...SOUND_ENCODERS[sound], "-t", seconds.toFixed(6)];
}

const SOUND_ENCODERS: Readonly<Record<SoundCodec, readonly string[]>> = {
  aac: ["-c:a", "aac", "-b:a", "160k"],
  opus: ["-c:a", "libopus", "-b:a", "128k"],
  pcm: ["-c:a", "pcm_s16le"],
};

/** How the container is written. */
export function containerArguments(
  { container, codec, loops = 0 }: OutputSpec,
  format: FrameFormat,
): string[] {
  const tag = codec === "h265" ? ["-tag:v", "hvc1"] : [];
  switch (container) {
    case "mp4":
    case "mov":
      return ["-f", container, "-movflags", "+faststart+write_colr", ...tag];
    case "webm":
      return ["-f", "webm"];
    case "mkv":
      return ["-f", "matroska"];
    case "webp":
      return ["-f", "webp", "-loop", String(loops)];
    case "apng":
      return ["-f", "apng", "-plays", String(loops), "-final_delay", frameSeconds(format)];
    case "gif":
      // It counts the repeats after the first showing; -1 writes no count.
      return [
        "-f",
        "gif",
        ...finalDelay(format),
        "-loop",
        String(loops === 0 ? 0 : loops === 1 ? -1 : loops - 1),
      ];
    case "png-tar":
    case "png-zip":
      return ["-f", "image2", "-start_number", "1"];
  }
}

const frameSeconds = ({ frameRateNumerator, frameRateDenominator }: FrameFormat) =>
  `${frameRateDenominator}/${frameRateNumerator}`;

/**
 * How long a GIF's last frame stays. Each frame begins at its time rounded to hundredths of a
 * second, so that at 30 frames/s delays of 3 and 4 take turns and nothing adds up; the last one
 * ends where the clip does.
 */
function finalDelay({ frames, frameRateNumerator, frameRateDenominator }: FrameFormat): string[] {
  const at = (frame: number) =>
    Math.round((100 * frame * frameRateDenominator) / frameRateNumerator);
  return ["-final_delay", String(at(frames) - at(frames - 1))];
}

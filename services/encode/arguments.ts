/**
 * ffmpeg's arguments for raw input frames, encoders, sound and containers, built from typed values
 * only.
 */
import { codecRow } from "../../core/output/codecs.js";
import { containerRow, type SoundCodec } from "../../core/output/containers.js";
import type { OutputSpec } from "../../core/output/spec.js";
import type { FrameFormat, PlannedOutput } from "./encoder.js";
import { filterChain, isRgb, RAW_FORMATS } from "./filters.js";
import { outputFormat, stepOf } from "./output-format.js";

/**
 * BT.709, limited range, which the renderer writes. The input gets these options too, because
 * otherwise ffmpeg ignores them at the encoder.
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

/** Options of raw frames on standard input. */
export function rawInput(format: FrameFormat): string[] {
  const { width, height, pixelFormat = "i420" } = format;
  const raw = ["-f", "rawvideo", "-pix_fmt", RAW_FORMATS[pixelFormat], "-s", `${width}x${height}`];
  const color = pixelFormat === "rgba" ? [] : COLOR_OPTIONS;
  return [...raw, "-r", rateOf(format), ...color];
}

/** Options before the input that open the devices of hardware encoders. */
export function deviceOptions(planned: readonly PlannedOutput[]): string[] {
  const uses = (hardware: string) => planned.some(({ encoder }) => encoder.hardware === hardware);
  if (!uses("vaapi")) return [];
  return ["-init_hw_device", `vaapi=va:${VAAPI_DEVICE}`, "-filter_hw_device", "va"];
}

/**
 * Output options of one video, except for its container and its file. `isLive`: its frames are to
 * come out soon.
 */
export function videoArguments(
  planned: PlannedOutput,
  format: FrameFormat,
  threads: number,
  isLive = false,
): string[] {
  const { output, encoder } = planned;
  const written = outputFormat(format, output);
  return [
    ...["-map", "0:v:0", "-vf", filterChain(format, planned)],
    ...["-c:v", encoder.name, "-threads", String(threads)],
    ...(encoder.options?.(output, threads, isLive) ?? []),
    ...((format.packing && encoder.packingOptions?.(format.packing)) ?? []),
    ...gopOptions(output, written),
    // There is no `-frames:v`: older versions of ffmpeg would end the sound with the last frame.
    ...["-fps_mode", "cfr", "-r", rateOf(written)],
    ...colorOptions(planned),
    ...["-map_metadata", "-1"],
  ];
}

function gopOptions({ codec, gopFrames }: OutputSpec, format: FrameFormat): string[] {
  if (!codecRow(codec).gop) return [];
  const { frameRateNumerator, frameRateDenominator } = format;
  const defaultFrames = Math.round((GOP_SECONDS * frameRateNumerator) / frameRateDenominator);
  return ["-g", String(gopFrames ?? Math.max(1, defaultFrames))];
}

function colorOptions({ output: { pixelFormat }, encoder }: PlannedOutput): string[] {
  if (isRgb(pixelFormat) || encoder.untaggedMatrix) return [];
  const center = /^yuva?420p/.test(pixelFormat) ? ["-chroma_sample_location", "center"] : [];
  return [...COLOR_OPTIONS, ...center];
}

/**
 * Output options for the sound of input 1, cut to `seconds`. Empty if the container holds no sound.
 */
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

/** Output options of the container. `format` is that of the clip. */
export function containerArguments(output: OutputSpec, format: FrameFormat): string[] {
  const { container, loops = 0 } = output;
  switch (container) {
    case "mp4":
    case "mov":
      return ["-f", container, "-movflags", "+faststart+write_colr", ...tagOf(output)];
    case "webm":
      return ["-f", "webm", ...stereoMode(format)];
    case "mkv":
      return ["-f", "matroska", ...stereoMode(format)];
    case "webp":
      return ["-f", "webp", "-loop", String(loops)];
    case "apng":
      return ["-f", "apng", "-plays", String(loops), "-final_delay", lastSeconds(output, format)];
    case "gif":
      return ["-f", "gif", ...finalDelay(output, format), "-loop", gifLoops(loops)];
    case "png-tar":
    case "png-zip":
      return ["-f", "image2", "-start_number", "1"];
  }
}

/** Players of Apple know H.265 by this tag only. */
export const tagOf = ({ codec }: OutputSpec) => (codec === "h265" ? ["-tag:v", "hvc1"] : []);

/** Matroska's StereoMode, which is after `-map_metadata -1` because that removes it. */
function stereoMode({ packing }: FrameFormat): string[] {
  const mode = packing?.matroskaMode;
  return mode === undefined ? [] : ["-metadata:s:v:0", `stereo_mode=${mode}`];
}

/** How long the last frame is shown: until the clip ends. In seconds, as a fraction. */
function lastSeconds(output: OutputSpec, format: FrameFormat): string {
  const { frames, frameRateNumerator, frameRateDenominator } = format;
  const shown = frames - lastFrame(output, format);
  return `${shown * frameRateDenominator}/${frameRateNumerator}`;
}

/** The frame of the clip that the output shows last. */
function lastFrame(output: OutputSpec, format: FrameFormat): number {
  return (outputFormat(format, output).frames - 1) * stepOf(format, output);
}

/**
 * A GIF counts how often it is shown again after the first time; 0 means forever, and -1 writes no
 * count.
 */
function gifLoops(loops: number): string {
  if (loops === 0) return "0";
  return String(loops === 1 ? -1 : loops - 1);
}

/**
 * How long the last frame of a GIF is shown. Each frame starts at its time rounded to hundredths of
 * a second. At 30 frames/s, delays of 3 and 4 alternate, so that rounding errors do not add up. The
 * last frame ends where the clip ends.
 */
function finalDelay(output: OutputSpec, format: FrameFormat): string[] {
  const { frames, frameRateNumerator, frameRateDenominator } = format;
  const at = (frame: number) =>
    Math.round((100 * frame * frameRateDenominator) / frameRateNumerator);
  return ["-final_delay", String(at(frames) - at(lastFrame(output, format)))];
}
